import { type AnyRoute, attachments } from '../compile/gateway-api/attachment.ts';
import {
  allowedKinds,
  conflictOf,
  type GatewayListener,
  routeKindsOf,
} from '../compile/gateway-api/gateway-listeners.ts';
import { servesTls } from '../compile/gateway-api/listener-tls.ts';
import type { ResourceSet } from '../compile/resource-set.ts';
import { GATEWAY_GROUP } from '../gateway-api/reference.ts';
import { secretProblem } from './certificate-reference.ts';
import { type Condition, fails, holds, isTrue } from './condition.ts';

/** status.listeners[] of a Gateway or ListenerSet. */
export interface ListenerStatus {
  readonly name: string;
  readonly supportedKinds: readonly { readonly group: string; readonly kind: string }[];
  readonly attachedRoutes: number;
  readonly conditions: readonly Condition[];
}

/** The status of a listener; `earlier` are those that stand before it in its Gateway. */
export function listenerStatus(
  bound: GatewayListener,
  earlier: readonly GatewayListener[],
  resources: ResourceSet,
): ListenerStatus {
  const { listener } = bound;
  return {
    name: listener.name,
    supportedKinds: allowedKinds(listener).map((kind) => ({ group: GATEWAY_GROUP, kind })),
    attachedRoutes: allRoutes(resources).filter((route) => isAttached(route, bound, resources)).length,
    conditions: conditionsOf(bound, earlier, resources),
  };
}

/** Every route of any kind. */
export function allRoutes(resources: ResourceSet): readonly AnyRoute[] {
  const kinds = ['HTTPRoute', 'GRPCRoute', 'TLSRoute', 'TCPRoute', 'UDPRoute'] as const;
  return kinds.flatMap((kind): readonly AnyRoute[] => resources.of(kind));
}

function isAttached(route: AnyRoute, bound: GatewayListener, resources: ResourceSet): boolean {
  return attachments(route, resources).some(({ listeners }) =>
    listeners.some(({ owner, index }) => owner === bound.owner && index === bound.index),
  );
}

function conditionsOf(
  bound: GatewayListener,
  earlier: readonly GatewayListener[],
  resources: ResourceSet,
): readonly Condition[] {
  const { listener } = bound;
  const conflict = conflictOf(bound, earlier);
  const spoken = routeKindsOf(listener).some((kind) => kind !== 'UDPRoute');
  const refused = conflict ?? (spoken ? undefined : 'UnsupportedProtocol');
  const unresolved = unresolvedReason(bound, resources);
  const accepted = refused ? fails('Accepted', refused, `port ${listener.port}`) : holds('Accepted');
  const resolved = unresolved ? fails('ResolvedRefs', unresolved) : holds('ResolvedRefs');
  return [
    accepted,
    resolved,
    conflict
      ? holds('Conflicted', `an earlier listener has port ${listener.port}`, conflict)
      : fails('Conflicted', 'NoConflicts'),
    programmed(bound, [accepted, resolved], resources),
  ];
}

function programmed(bound: GatewayListener, before: readonly Condition[], resources: ResourceSet): Condition {
  if (!isTrue(before, 'Accepted') || !isTrue(before, 'ResolvedRefs'))
    return fails('Programmed', 'Invalid', 'the listener is not opened');
  if (servesTls(bound, resources)) return holds('Programmed');
  return fails('Programmed', 'Pending', 'there is no certificate, or clients cannot be verified as asked');
}

function unresolvedReason({ owner, listener }: GatewayListener, resources: ResourceSet): string | undefined {
  const { kinds } = listener.allowedRoutes;
  const possible = routeKindsOf(listener);
  if (kinds.some(({ group, kind }) => group !== GATEWAY_GROUP || !possible.some((one) => one === kind)))
    return 'InvalidRouteKinds';
  const problem = (listener.tls?.certificateRefs ?? [])
    .map((ref) => secretProblem(ref, owner, resources))
    .find((one) => one !== undefined);
  return problem === 'Invalid' ? 'InvalidCertificateRef' : problem;
}
