import { byName } from '../compile/by-name.ts';
import {
  type AnyRoute,
  type Attachment,
  attachments,
  type ParentReference,
} from '../compile/gateway-api/attachment.ts';
import {
  type BackendProblem,
  type BackendReference,
  backendProblem,
  type RoutePlace,
} from '../compile/gateway-api/backend.ts';
import type { ResourceSet } from '../compile/resource-set.ts';
import { type Condition, fails, holds } from './condition.ts';

/** Who writes these statuses. */
export const CONTROLLER = 'weft.dev/gateway-controller';

/** Status of a route: one entry for each parent that runs here. */
export interface RouteStatus {
  readonly parents: readonly ParentStatus[];
}

/** status.parents[]. */
export interface ParentStatus {
  readonly parentRef: ParentReference;
  readonly controllerName: typeof CONTROLLER;
  readonly conditions: readonly Condition[];
}

/** The status of a route. */
export function routeStatus(route: AnyRoute, resources: ResourceSet): RouteStatus {
  const status = (place: RoutePlace) => {
    const resolved = resolvedRefs(route, place, resources);
    return ({ ref, reason, listeners }: Attachment): ParentStatus => ({
      parentRef: ref,
      controllerName: CONTROLLER,
      conditions: [accepted(reason, listeners), resolved],
    });
  };
  return {
    parents: [
      ...attachments(route, resources).map(status('gateway')),
      ...services(route, resources).map(status('mesh')),
    ],
  };
}

/** Every backend that a route names: those of its rules, and those that are mirrored to. */
export function backendsOf(route: AnyRoute): readonly BackendReference[] {
  return route.spec.rules.flatMap((rule) => {
    const filters = 'filters' in rule ? rule.filters : [];
    const mirrors = filters.flatMap(({ requestMirror }) => requestMirror?.backendRef ?? []);
    return [...rule.backendRefs, ...mirrors];
  });
}

function accepted(reason: Attachment['reason'], listeners: Attachment['listeners']): Condition {
  if (reason !== 'Accepted') return fails('Accepted', reason);
  if (listeners.length > 0 && listeners.every(({ listener }) => listener.protocol === 'UDP'))
    return fails('Accepted', 'UnsupportedProtocol', 'no UDP is forwarded');
  return holds('Accepted');
}

function resolvedRefs(route: AnyRoute, place: RoutePlace, resources: ResourceSet): Condition {
  for (const ref of backendsOf(route)) {
    const problem = backendProblem(ref, route, place, resources);
    if (problem) return fails('ResolvedRefs', problem, `${ref.kind} ${ref.name}: ${MESSAGES[problem]}`);
  }
  return holds('ResolvedRefs');
}

const MESSAGES: Readonly<Record<BackendProblem, string>> = {
  InvalidKind: 'only Services can be backends',
  RefNotPermitted: 'no ReferenceGrant of its namespace allows it',
  BackendNotFound: 'there is no such Service and port',
};

/** Services as parents (GAMMA); a Service that is not there is no parent. */
function services(route: AnyRoute, resources: ResourceSet): readonly Attachment[] {
  return route.spec.parentRefs.flatMap((ref): readonly Attachment[] => {
    if (ref.group !== '' || ref.kind !== 'Service') return [];
    const namespace = ref.namespace ?? route.namespace;
    const service = byName('Service', namespace, ref.name, resources);
    const known = service?.spec.ports.some(({ port }) => ref.port === undefined || ref.port === port);
    return [{ ref, listeners: [], reason: known ? 'Accepted' : 'NoMatchingParent' }];
  });
}
