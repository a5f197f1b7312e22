import { isAllowed, isParent } from '../compile/gateway-api/gateway-listeners.ts';
import { isManaged } from '../compile/gateway-api/managed-gateway.ts';
import type { ResourceSet } from '../compile/resource-set.ts';
import type { Resource } from '../resource/resource.ts';
import { type Condition, fails, holds, isTrue } from './condition.ts';
import { boundListeners, isValid } from './gateway-status.ts';
import type { ListenerStatus } from './listener-status.ts';

/** Status of a ListenerSet. */
export interface ListenerSetStatus {
  readonly conditions: readonly Condition[];
  readonly listeners: readonly ListenerStatus[];
}

/** The status of a ListenerSet; undefined where its Gateway does not run here. */
export function listenerSetStatus(
  set: Resource<'ListenerSet'>,
  resources: ResourceSet,
): ListenerSetStatus | undefined {
  const gateway = resources
    .of('KubernetesGateway')
    .find((one) => isParent(one, set) && isManaged(one, resources));
  if (!gateway) return undefined;
  if (!isAllowed(gateway, set, resources)) return { conditions: both('NotAllowed'), listeners: [] };
  const listeners = boundListeners(gateway, resources)
    .filter(({ bound }) => bound.owner === set)
    .map(({ status }) => status);
  const valid = listeners.filter(isValid);
  if (valid.length === 0) return { conditions: both('ListenersNotValid'), listeners };
  const reason = valid.length < listeners.length ? 'ListenersNotValid' : undefined;
  const open = listeners.some(({ conditions }) => isTrue(conditions, 'Programmed'));
  return {
    conditions: [
      holds('Accepted', '', reason),
      open ? holds('Programmed') : fails('Programmed', 'Pending', 'no listener is opened'),
    ],
    listeners,
  };
}

function both(reason: string): readonly Condition[] {
  return [fails('Accepted', reason), fails('Programmed', reason)];
}
