import { type GatewayListener, listenersOf } from '../compile/gateway-api/gateway-listeners.ts';
import type { ResourceSet } from '../compile/resource-set.ts';
import type { Resource } from '../resource/resource.ts';
import { secretProblem } from './certificate-reference.ts';
import { type Condition, fails, holds, isTrue } from './condition.ts';
import { type ListenerStatus, listenerStatus } from './listener-status.ts';

/** Status of a Gateway. */
export interface GatewayStatus {
  readonly conditions: readonly Condition[];
  readonly listeners: readonly ListenerStatus[];
  /** ListenerSets with at least one listener that is accepted. */
  readonly attachedListenerSets: number;
}

/** The status of a Gateway that runs here. */
export function gatewayStatus(gateway: Resource<'KubernetesGateway'>, resources: ResourceSet): GatewayStatus {
  const all = boundListeners(gateway, resources);
  const own = all.filter(({ bound }) => bound.owner === gateway).map(({ status }) => status);
  const sets = new Set(
    all
      .filter(({ bound, status }) => bound.owner !== gateway && isTrue(status.conditions, 'Accepted'))
      .map(({ bound }) => bound.owner),
  );
  return {
    conditions: [accepted(own), programmed(own), ...clientCertificate(gateway, resources)],
    listeners: own,
    attachedListenerSets: sets.size,
  };
}

/** A listener of a Gateway with its status. */
export interface JudgedListener {
  readonly bound: GatewayListener;
  readonly status: ListenerStatus;
}

/** Every listener of a Gateway with its status, those of ListenerSets too. */
export function boundListeners(
  gateway: Resource<'KubernetesGateway'>,
  resources: ResourceSet,
): readonly JudgedListener[] {
  const all = listenersOf(gateway, resources);
  return all.map((bound, i) => ({ bound, status: listenerStatus(bound, all.slice(0, i), resources) }));
}

/** Whether nothing is wrong with a listener's own fields. */
export function isValid({ conditions }: ListenerStatus): boolean {
  return isTrue(conditions, 'Accepted') && isTrue(conditions, 'ResolvedRefs');
}

function accepted(own: readonly ListenerStatus[]): Condition {
  const invalid = own.filter((status) => !isValid(status)).map(({ name }) => name);
  const message = `not valid: ${invalid.join(', ')}`;
  if (invalid.length === 0) return holds('Accepted');
  if (invalid.length < own.length) return holds('Accepted', message, 'ListenersNotValid');
  return fails('Accepted', 'ListenersNotValid', message);
}

function programmed(own: readonly ListenerStatus[]): Condition {
  const open = own.some(({ conditions }) => isTrue(conditions, 'Programmed'));
  return open ? holds('Programmed') : fails('Programmed', 'Invalid', 'no listener is opened');
}

/** Only of a Gateway that would show a certificate to its backends. */
function clientCertificate(
  gateway: Resource<'KubernetesGateway'>,
  resources: ResourceSet,
): readonly Condition[] {
  const ref = gateway.spec.tls?.backend?.clientCertificateRef;
  if (!ref) return [];
  const problem = secretProblem(ref, gateway, resources);
  const reason = problem === 'Invalid' ? 'InvalidClientCertificateRef' : problem;
  return [reason ? fails('ResolvedRefs', reason) : holds('ResolvedRefs')];
}
