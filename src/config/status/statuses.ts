import { CONTROLLERS, isManaged } from '../compile/gateway-api/managed-gateway.ts';
import { type ResourceSet, resourceSet } from '../compile/resource-set.ts';
import type { Kind } from '../resource/kinds.ts';
import type { Resource } from '../resource/resource.ts';
import { type Condition, holds } from './condition.ts';
import { type GatewayStatus, gatewayStatus } from './gateway-status.ts';
import { type ListenerSetStatus, listenerSetStatus } from './listener-set-status.ts';
import { allRoutes } from './listener-status.ts';
import { type PolicyStatus, policyStatus } from './policy-status.ts';
import { type RouteStatus, routeStatus } from './route-status.ts';

/** The status of one resource of the Gateway API. */
export interface ResourceStatus {
  readonly kind: Kind;
  readonly namespace: string;
  readonly name: string;
  readonly status: Status;
}

type Status =
  | { readonly conditions: readonly Condition[] }
  | GatewayStatus
  | ListenerSetStatus
  | RouteStatus
  | PolicyStatus;

/** What became of the Gateway API's resources, in their own words. Pure; those that run elsewhere are left out. */
export function statuses(resources: readonly Resource[]): readonly ResourceStatus[] {
  const set = resourceSet(resources);
  return [
    ...classes(set).map((one) => of(one, { conditions: [holds('Accepted')] })),
    ...managed(set).map((one) => of(one, gatewayStatus(one, set))),
    ...set.of('ListenerSet').flatMap((one) => {
      const status = listenerSetStatus(one, set);
      return status ? [of(one, status)] : [];
    }),
    ...allRoutes(set).map((one) => of(one, routeStatus(one, set))),
    ...set.of('BackendTLSPolicy').map((one) => of(one, policyStatus(one, set))),
  ];
}

function classes(set: ResourceSet): readonly Resource<'GatewayClass'>[] {
  return set.of('GatewayClass').filter(({ spec }) => CONTROLLERS.has(spec.controllerName));
}

function managed(set: ResourceSet): readonly Resource<'KubernetesGateway'>[] {
  return set.of('KubernetesGateway').filter((one) => isManaged(one, set));
}

function of({ kind, namespace, name }: Resource, status: Status): ResourceStatus {
  return { kind, namespace, name, status };
}
