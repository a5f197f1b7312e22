import type { Destination, HeaderOperations } from '../../../snapshot/route.ts';
import type { HttpFilter } from '../../gateway-api/http-filter.ts';
import type { FieldPath } from '../../resource/resource.ts';
import type { Scope } from '../scope.ts';
import type { AnyRoute } from './attachment.ts';
import { type BackendReference, backendCluster, backendProblem, type RoutePlace } from './backend.ts';
import { filterHeaders } from './header-filter.ts';

/** What is answered where a backend cannot be: a wrong reference, as well as a Service that is not there. */
const NO_BACKEND = 500;

interface WeightedBackend extends BackendReference {
  readonly weight: number;
  readonly filters?: readonly HttpFilter[] | readonly Filter[];
}

type Filter = Parameters<typeof filterHeaders>[0][number];

/** The backends of a rule that get something. Those that nothing can be sent to answer for their share with 500. */
export function ruleDestinations(
  refs: readonly WeightedBackend[],
  owner: AnyRoute,
  path: FieldPath,
  scope: Scope,
): Destination[] {
  return refs.flatMap((ref, i) => {
    const cluster = reportedCluster(ref, owner, [...path, i], scope);
    if (ref.weight === 0) return [];
    const headers: HeaderOperations | undefined = filterHeaders(ref.filters ?? []);
    return [{ cluster, weight: ref.weight, missingStatus: NO_BACKEND, ...(headers && { headers }) }];
  });
}

/** The cluster of a backend; what is wrong with the reference is reported. */
export function reportedCluster(
  ref: BackendReference,
  owner: AnyRoute,
  path: FieldPath,
  scope: Scope,
): string {
  const problem = backendProblem(ref, owner, placeOf(scope), scope.resources);
  const { kind, name, namespace = owner.namespace, port } = ref;
  if (problem !== undefined) {
    const message = `${kind} ${namespace}/${name}${port ? ` port ${port}` : ''}: ${REASONS[problem]}`;
    scope.report.add('WFT0209', owner, [...path, 'name'], message);
  }
  return backendCluster(ref, owner, problem);
}

/** Where the routes of a target run. */
export function placeOf({ target }: Scope): RoutePlace {
  return target.kind === 'gateway' ? 'gateway' : 'mesh';
}

const REASONS = {
  InvalidKind: 'only Services can be backends; its share is refused (HTTP 500).',
  RefNotPermitted: 'no ReferenceGrant of its namespace allows it; its share is refused (HTTP 500).',
  BackendNotFound: 'there is no such Service and port; its share is refused (HTTP 500).',
};
