import type { Route } from '../../../snapshot/route.ts';
import type { Resource } from '../../resource/resource.ts';

/** How specific a match is; what is compared first stands first. */
export interface Specificity {
  /** 3 exact, 2 prefix, 1 regular expression. */
  readonly path: 1 | 2 | 3;
  /** Characters of the path. */
  readonly length: number;
  readonly method: boolean;
  readonly headers: number;
  readonly queryParams: number;
}

/** Routes that stand together, with how specific they are and whose they are. */
export interface RankedRoutes {
  readonly specificity: Specificity;
  readonly owner: Resource<'HTTPRoute'> | Resource<'GRPCRoute'>;
  readonly routes: readonly Route[];
}

/**
 * The order of HTTPRoute and GRPCRoute matches over all routes of a host: the more specific first, then the oldest
 * route, then by namespace and name, then as they are written.
 */
export function inOrder(ranked: readonly RankedRoutes[]): readonly Route[] {
  return [...ranked].sort(byPrecedence).flatMap(({ routes }) => routes);
}

function byPrecedence(a: RankedRoutes, b: RankedRoutes): number {
  return bySpecificity(a.specificity, b.specificity) || byAge(a.owner, b.owner);
}

/** Negative where `a` is tried first. */
export function bySpecificity(a: Specificity, b: Specificity): number {
  return (
    b.path - a.path ||
    b.length - a.length ||
    Number(b.method) - Number(a.method) ||
    b.headers - a.headers ||
    b.queryParams - a.queryParams
  );
}

function byAge(a: Resource, b: Resource): number {
  const [ageA, ageB] = [a, b].map(({ created }) => created ?? Number.MAX_SAFE_INTEGER);
  if (ageA !== ageB) return (ageA ?? 0) - (ageB ?? 0);
  const [nameA, nameB] = [a, b].map(({ namespace, name }) => `${namespace}/${name}`);
  return nameA === nameB ? 0 : (nameA ?? '') < (nameB ?? '') ? -1 : 1;
}
