import { GATEWAY_GROUP } from '../../gateway-api/reference.ts';
import type { Resource } from '../../resource/resource.ts';
import { byName } from '../by-name.ts';
import { outboundClusterName } from '../cluster-name.ts';
import type { ResourceSet } from '../resource-set.ts';
import { isGranted } from './reference-grant.ts';

/** Kinds of routes. */
export type RouteKind = 'HTTPRoute' | 'GRPCRoute' | 'TLSRoute' | 'TCPRoute' | 'UDPRoute';

/** BackendObjectReference, read. */
export interface BackendReference {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string | undefined;
  readonly port?: number | undefined;
}

/** Why nothing can be sent to a backend: reasons of the condition ResolvedRefs. */
export type BackendProblem = 'InvalidKind' | 'RefNotPermitted' | 'BackendNotFound';

/** Istio's kind for a host of any service, also one outside. */
const HOSTNAME = { group: 'networking.istio.io', kind: 'Hostname' };

/** Where a route runs. Inside the mesh a client may call any Service, and no ReferenceGrant is asked for. */
export type RoutePlace = 'gateway' | 'mesh';

/** What is wrong with a backend, if something is. */
export function backendProblem(
  ref: BackendReference,
  owner: Resource<RouteKind>,
  place: RoutePlace,
  resources: ResourceSet,
): BackendProblem | undefined {
  if (isHostname(ref)) return undefined;
  if (ref.group !== '' || ref.kind !== 'Service') return 'InvalidKind';
  const namespace = ref.namespace ?? owner.namespace;
  const from = { group: GATEWAY_GROUP, kind: owner.kind, namespace: owner.namespace };
  if (
    place === 'gateway' &&
    !isGranted(from, { group: '', kind: 'Service', namespace, name: ref.name }, resources)
  )
    return 'RefNotPermitted';
  const service = byName('Service', namespace, ref.name, resources);
  return service?.spec.ports.some(({ port }) => port === ref.port) ? undefined : 'BackendNotFound';
}

/** The cluster of a backend; of one that nothing can be sent to, a name that no cluster has. */
export function backendCluster(
  ref: BackendReference,
  owner: Resource<RouteKind>,
  problem: BackendProblem | undefined,
): string {
  const { name, port = 80, namespace = owner.namespace } = ref;
  if (problem !== undefined) return `invalid|${port}||${namespace}/${name}`;
  const host = isHostname(ref) ? name.toLowerCase() : `${name}.${namespace}.svc.cluster.local`;
  return outboundClusterName(port, '', host);
}

function isHostname({ group, kind }: BackendReference): boolean {
  return group === HOSTNAME.group && kind === HOSTNAME.kind;
}
