import type { Listener } from '../../gateway-api/listener.ts';
import { GATEWAY_GROUP } from '../../gateway-api/reference.ts';
import type { Resource } from '../../resource/resource.ts';
import type { ResourceSet } from '../resource-set.ts';
import type { RouteKind } from './backend.ts';
import { letsIn } from './namespace-rule.ts';

/** A listener of a Gateway: one of its own, or one that a ListenerSet adds. */
export interface GatewayListener {
  readonly gateway: Resource<'KubernetesGateway'>;
  readonly owner: Resource<'KubernetesGateway'> | Resource<'ListenerSet'>;
  /** In the owner's list. */
  readonly index: number;
  readonly listener: Listener;
}

/** The listeners of a Gateway, its own first, then those of its ListenerSets, oldest first; conflicting ones too. */
export function listenersOf(
  gateway: Resource<'KubernetesGateway'>,
  resources: ResourceSet,
): readonly GatewayListener[] {
  const sets = resources
    .of('ListenerSet')
    .filter((set) => isParent(gateway, set) && isAllowed(gateway, set, resources));
  return [gateway, ...sets].flatMap((owner) =>
    owner.spec.listeners.map((listener, index) => ({ gateway, owner, index, listener })),
  );
}

/** Whether a ListenerSet names this Gateway. */
export function isParent(gateway: Resource<'KubernetesGateway'>, set: Resource<'ListenerSet'>): boolean {
  const { group, kind, name, namespace = set.namespace } = set.spec.parentRef;
  if (group !== GATEWAY_GROUP || kind !== 'Gateway') return false;
  return name === gateway.name && namespace === gateway.namespace;
}

/** Whether a Gateway takes a ListenerSet (allowedListeners); without a word it takes none. */
export function isAllowed(
  gateway: Resource<'KubernetesGateway'>,
  set: Resource<'ListenerSet'>,
  resources: ResourceSet,
): boolean {
  const rule = gateway.spec.allowedListeners?.namespaces ?? { from: 'None' as const };
  return letsIn(rule, gateway.namespace, set.namespace, resources);
}

/** Why a listener gives way to an earlier one on its port: reasons of the condition Conflicted. */
export function conflictOf(
  { listener }: GatewayListener,
  earlier: readonly GatewayListener[],
): 'ProtocolConflict' | 'HostnameConflict' | undefined {
  const onPort = earlier.filter((one) => one.listener.port === listener.port);
  if (onPort.some((one) => layer(one.listener) !== layer(listener))) return 'ProtocolConflict';
  const same = onPort.some((one) => (one.listener.hostname ?? '') === (listener.hostname ?? ''));
  return same ? 'HostnameConflict' : undefined;
}

/** What may share a port: TLS of any kind, or plaintext of one protocol; UDP has ports of its own. */
function layer({ protocol }: Listener): string {
  return protocol === 'HTTPS' || protocol === 'TLS' ? 'TLS' : protocol;
}

/** The kinds of routes that a protocol has, of the listener's mode. */
export function routeKindsOf({ protocol, tls }: Listener): readonly RouteKind[] {
  if (protocol === 'HTTP' || protocol === 'HTTPS') return ['HTTPRoute', 'GRPCRoute'];
  if (protocol === 'TLS') return tls?.mode === 'Passthrough' ? ['TLSRoute'] : ['TLSRoute', 'TCPRoute'];
  if (protocol === 'TCP') return ['TCPRoute'];
  return protocol === 'UDP' ? ['UDPRoute'] : [];
}

/** The kinds of routes that a listener takes: those of its protocol that allowedRoutes names, or all of them. */
export function allowedKinds(listener: Listener): readonly RouteKind[] {
  const { kinds } = listener.allowedRoutes;
  const possible = routeKindsOf(listener);
  if (kinds.length === 0) return possible;
  return possible.filter((kind) => kinds.some((one) => one.group === GATEWAY_GROUP && one.kind === kind));
}
