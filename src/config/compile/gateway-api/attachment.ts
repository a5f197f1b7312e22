import { GATEWAY_GROUP } from '../../gateway-api/reference.ts';
import type { SpecOf } from '../../resource/kinds.ts';
import type { Resource } from '../../resource/resource.ts';
import { byName } from '../by-name.ts';
import { hostIntersection } from '../host-match.ts';
import type { ResourceSet } from '../resource-set.ts';
import type { RouteKind } from './backend.ts';
import { allowedKinds, type GatewayListener, listenersOf } from './gateway-listeners.ts';
import { isManaged } from './managed-gateway.ts';
import { letsIn } from './namespace-rule.ts';

/** A parentRef of a route, read. */
export type ParentReference = SpecOf<'HTTPRoute'>['parentRefs'][number];

/** What became of one parentRef. */
export interface Attachment {
  readonly ref: ParentReference;
  /** Those that take the route; none where it is not accepted. */
  readonly listeners: readonly GatewayListener[];
  /** Of the condition Accepted. */
  readonly reason: 'Accepted' | 'NotAllowedByListeners' | 'NoMatchingListenerHostname' | 'NoMatchingParent';
}

/** A route of any kind. */
export type AnyRoute = Resource<RouteKind>;

/** How a route is attached to the Gateways and ListenerSets that it names; parents that run elsewhere are left out. */
export function attachments(route: AnyRoute, resources: ResourceSet): readonly Attachment[] {
  const known = knownAttachments.get(resources) ?? new Map<AnyRoute, readonly Attachment[]>();
  knownAttachments.set(resources, known);
  const found = known.get(route) ?? judged(route, resources);
  known.set(route, found);
  return found;
}

/** Every server and target asks; resources never change. */
const knownAttachments = new WeakMap<ResourceSet, Map<AnyRoute, readonly Attachment[]>>();

function judged(route: AnyRoute, resources: ResourceSet): readonly Attachment[] {
  return route.spec.parentRefs.flatMap((ref) => {
    const candidates = parentListeners(ref, route, resources);
    return candidates ? [attach(ref, route, candidates, resources)] : [];
  });
}

/** The host names of a route; none means every one. */
export function hostnamesOf({ spec }: AnyRoute): readonly string[] {
  return 'hostnames' in spec ? spec.hostnames : [];
}

/** The hosts for which a listener serves a route: where their host names meet. */
export function domainsOf(route: AnyRoute, { listener }: GatewayListener): readonly string[] {
  const wide = listener.hostname ?? '*';
  const own = hostnamesOf(route);
  if (own.length === 0) return [wide];
  return [...new Set(own.flatMap((name) => hostIntersection(name, wide) ?? []))];
}

/** Undefined where the parent is not a Gateway or ListenerSet that runs here. */
function parentListeners(
  { group, kind, name, namespace: written }: ParentReference,
  route: AnyRoute,
  resources: ResourceSet,
): readonly GatewayListener[] | undefined {
  if (group !== GATEWAY_GROUP) return undefined;
  const namespace = written ?? route.namespace;
  if (kind === 'Gateway')
    return ownListeners(byName('KubernetesGateway', namespace, name, resources), resources);
  if (kind !== 'ListenerSet') return undefined;
  const set = byName('ListenerSet', namespace, name, resources);
  const managed = resources.of('KubernetesGateway').filter((one) => isManaged(one, resources));
  return set && managed.flatMap((one) => listenersOf(one, resources).filter(({ owner }) => owner === set));
}

function ownListeners(
  gateway: Resource<'KubernetesGateway'> | undefined,
  resources: ResourceSet,
): readonly GatewayListener[] | undefined {
  if (!gateway || !isManaged(gateway, resources)) return undefined;
  return gateway.spec.listeners.map((listener, index) => ({ gateway, owner: gateway, index, listener }));
}

function attach(
  ref: ParentReference,
  route: AnyRoute,
  candidates: readonly GatewayListener[],
  resources: ResourceSet,
): Attachment {
  const named = candidates.filter(
    ({ listener }) =>
      (ref.sectionName === undefined || listener.name === ref.sectionName) &&
      (ref.port === undefined || listener.port === ref.port),
  );
  if (named.length === 0) return { ref, listeners: [], reason: 'NoMatchingParent' };
  const open = named.filter((one) => takes(one, route, resources));
  if (open.length === 0) return { ref, listeners: [], reason: 'NotAllowedByListeners' };
  const listeners = open.filter((one) => domainsOf(route, one).length > 0);
  return { ref, listeners, reason: listeners.length > 0 ? 'Accepted' : 'NoMatchingListenerHostname' };
}

function takes({ listener, owner }: GatewayListener, route: AnyRoute, resources: ResourceSet): boolean {
  const { namespaces } = listener.allowedRoutes;
  return (
    allowedKinds(listener).includes(route.kind) &&
    letsIn(namespaces, owner.namespace, route.namespace, resources)
  );
}
