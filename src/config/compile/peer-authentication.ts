import type { MtlsMode } from '../../snapshot/policy.ts';
import type { Resource } from '../resource/resource.ts';
import { type LabelPairs, selects } from './labels.ts';
import type { MeshSettings } from './mesh-settings.ts';
import { sourceKey } from './report.ts';
import type { ResourceSet } from './resource-set.ts';

/** The mode in force on a workload port, and the PeerAuthentication that says so. */
export interface PortMtls {
  readonly mode: MtlsMode;
  readonly decidedBy: Resource<'PeerAuthentication'> | undefined;
}

/** The workload that the policies are about. */
export interface Subject {
  readonly namespace: string;
  readonly labels: LabelPairs;
}

/**
 * Mesh, namespace, then workload policy, each overriding where its mode is not UNSET; oldest wins at each level.
 * Port 0 is one that no policy names.
 */
export function mtlsOf(subject: Subject, port: number, mesh: MeshSettings, resources: ResourceSet): PortMtls {
  const unselective = (namespace: string) =>
    resources.in('PeerAuthentication', namespace).find((policy) => !hasSelector(policy));
  const own = workloadPolicy(subject, mesh, resources);
  const levels = [unselective(mesh.rootNamespace), unselective(subject.namespace), own];
  let inForce: PortMtls = { mode: 'PERMISSIVE', decidedBy: undefined };
  for (const policy of levels) inForce = override(inForce, policy, policy?.spec.mtls?.mode);
  return override(inForce, own, own?.spec.portLevelMtls?.get(port)?.mode);
}

/** The workload ports for which a policy has a mode of their own, sorted. */
export function portsWithOwnMtls(subject: Subject, mesh: MeshSettings, resources: ResourceSet): number[] {
  const own = workloadPolicy(subject, mesh, resources);
  return [...(own?.spec.portLevelMtls?.keys() ?? [])].sort((a, b) => a - b);
}

/** Key of the policy in force, or empty for the mesh default. */
export function mtlsSource({ decidedBy }: PortMtls): string {
  return decidedBy ? sourceKey(decidedBy) : '';
}

function override(
  inForce: PortMtls,
  policy: Resource<'PeerAuthentication'> | undefined,
  mode: MtlsMode | 'UNSET' | undefined,
): PortMtls {
  return mode === undefined || mode === 'UNSET' ? inForce : { mode, decidedBy: policy };
}

function hasSelector(policy: Resource<'PeerAuthentication'>): boolean {
  return (policy.spec.selector?.matchLabels?.size ?? 0) > 0;
}

/** One with a selector has no force in the root namespace. */
function workloadPolicy(
  { namespace, labels }: Subject,
  mesh: MeshSettings,
  resources: ResourceSet,
): Resource<'PeerAuthentication'> | undefined {
  if (namespace === mesh.rootNamespace) return undefined;
  return resources
    .in('PeerAuthentication', namespace)
    .find((policy) => hasSelector(policy) && selects(policy.spec.selector?.matchLabels, labels));
}
