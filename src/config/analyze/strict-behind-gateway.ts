import { MESH } from '../compile/gateway-name.ts';
import { mtlsOf } from '../compile/peer-authentication.ts';
import type { RegistryService } from '../compile/service-registry.ts';
import { type Workload, workloadPort, workloadsBehind } from '../compile/workload.ts';
import type { Diagnostic } from '../diagnostic.ts';
import type { FieldPath, Resource } from '../resource/resource.ts';
import { type NamedDestination, serviceOf } from './destinations.ts';
import { finding } from './finding.ts';
import type { AnalysisRule, Inventory } from './inventory.ts';

/** WFT0203: the gateway leads to a workload that wants a proven peer; the gateway on Workers is one while it signs requests. */
export const strictBehindGateway: AnalysisRule = (inventory) => {
  const found = new Map<string, Diagnostic>();
  const judge = (destination: NamedDestination): void => {
    const service = serviceOf(destination.host, inventory);
    if (destination.protocol !== 'http' || service === undefined) return;
    for (const workload of workloadsBehind(service, undefined, inventory.resources)) {
      const policy = strictPolicy(workload, service, destination, inventory);
      if (policy === undefined) continue;
      const key = `${policy.namespace}/${policy.name} ${workload.namespace}/${workload.name}`;
      found.set(key, report(policy, workload, destination));
    }
  };
  return {
    VirtualService: (owner) => {
      if (owner.spec.gateways.some((name) => name !== MESH)) inventory.destinations(owner).forEach(judge);
      return [];
    },
    end: () => [...found.values()],
  };
};

function strictPolicy(
  workload: Workload,
  service: RegistryService,
  { port }: NamedDestination,
  { mesh, resources }: Inventory,
): Resource<'PeerAuthentication'> | undefined {
  for (const servicePort of service.ports) {
    if (port !== undefined && servicePort.number !== port) continue;
    const target = workloadPort(servicePort, workload.ports) ?? servicePort.number;
    const { mode, decidedBy } = mtlsOf(workload, target, mesh, resources);
    if (mode === 'STRICT' && decidedBy) return decidedBy;
  }
  return undefined;
}

function report(
  policy: Resource<'PeerAuthentication'>,
  workload: Workload,
  { owner }: NamedDestination,
): Diagnostic {
  const strict = [...(policy.spec.portLevelMtls ?? [])].find(([, { mode }]) => mode === 'STRICT');
  const path: FieldPath =
    policy.spec.mtls?.mode === 'STRICT' || strict === undefined
      ? ['spec', 'mtls', 'mode']
      : ['spec', 'portLevelMtls', String(strict[0]), 'mode'];
  const name = `${workload.namespace}/${workload.name}`;
  const route = `${owner.namespace}/${owner.name}`;
  return finding(
    'WFT0203',
    policy,
    path,
    `STRICT covers workload ${name}, which a gateway leads to (VirtualService ${route}), which a gateway on Workers reaches only by signing its requests`,
    `give the Worker its WEFT_PROOF_KEY and the sidecar of ${name} an --edge-port, as weft up does, or use a self-hosted gateway`,
  );
}
