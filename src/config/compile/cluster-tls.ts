import { formatSpiffeId, SpiffeError, workloadId } from '../../identity/spiffe.ts';
import type { ClusterTls } from '../../snapshot/cluster.ts';
import { mtlsOf } from './peer-authentication.ts';
import type { Scope } from './scope.ts';
import type { RegistryPort, RegistryService } from './service-registry.ts';
import type { Subset } from './spec-parts.ts';
import type { PolicyBlocks } from './traffic-policy.ts';
import { type Workload, workloadPort, workloadsBehind } from './workload.ts';

/**
 * How a cluster's hop is secured: the DestinationRule's tls, else mesh TLS for services of the mesh unless every
 * workload behind the port has it switched off. Required, so that no endpoint gets plaintext, only where
 * ISTIO_MUTUAL is written. Undefined for SIMPLE and MUTUAL, which a snapshot cannot carry: no cluster is better
 * than plaintext.
 */
export function clusterTls(
  service: RegistryService,
  port: RegistryPort,
  subset: Subset | undefined,
  tls: PolicyBlocks['tls'],
  scope: Scope,
): ClusterTls | undefined {
  if (tls?.mode === 'SIMPLE' || tls?.mode === 'MUTUAL') return undefined;
  if (tls?.mode === 'DISABLE') return { mode: 'none' };
  const workloads = workloadsBehind(service, subset?.labels, scope.resources);
  const automatic = tls === undefined;
  if (automatic && (service.external || switchedOff(workloads, port, scope))) return { mode: 'none' };
  return {
    mode: 'mesh',
    sni: `outbound_.${port.number}_.${subset?.name ?? ''}_.${service.host}`,
    sans: [...new Set(workloads.flatMap((workload) => spiffeIds(workload, scope)))].sort(),
    required: !automatic,
  };
}

/** PeerAuthentication DISABLE on the workload port of all of them. */
function switchedOff(
  workloads: readonly Workload[],
  port: RegistryPort,
  { mesh, resources }: Scope,
): boolean {
  if (workloads.length === 0) return false;
  return workloads.every((workload) => {
    const number = workloadPort(port, workload.ports) ?? port.number;
    return mtlsOf(workload, number, mesh, resources).mode === 'DISABLE';
  });
}

/** None for names that make no SPIFFE ID: no certificate can carry them. */
function spiffeIds({ namespace, serviceAccount }: Workload, { mesh }: Scope): string[] {
  try {
    return [mesh.trustDomain, ...mesh.trustDomainAliases].map((name) =>
      formatSpiffeId(workloadId(name, namespace, serviceAccount)),
    );
  } catch (error) {
    if (error instanceof SpiffeError) return [];
    throw error;
  }
}
