import type { StringMatch } from '../../match/value-match.ts';
import type { RouteMatch } from '../../snapshot/route.ts';
import { bySpecificity, type Specificity } from '../compile/gateway-api/precedence.ts';

/** A match in its written place, with the rank that the Gateway API gives it. */
export interface RankedMatch {
  readonly rule: number;
  readonly match: RouteMatch;
  readonly specificity: Specificity;
}

/** The first two rules that the Gateway API's precedence would exchange although a request can meet both. */
export function exchanged(written: readonly RankedMatch[]): readonly [number, number] | undefined {
  for (const [at, late] of written.entries()) {
    const early = written
      .slice(0, at)
      .find(
        (one) =>
          one.rule !== late.rule &&
          bySpecificity(late.specificity, one.specificity) < 0 &&
          !areApart(one.match, late.match),
      );
    if (early) return [early.rule, late.rule];
  }
  return undefined;
}

/** Whether no request meets both; false where it cannot be told. */
function areApart(a: RouteMatch, b: RouteMatch): boolean {
  if (textsApart(a.path, b.path) || textsApart(a.method, b.method)) return true;
  return [
    [a.headers, b.headers],
    [a.queryParams, b.queryParams],
  ].some(([one = [], other = []]) =>
    one.some(({ name, match, invert }) => {
      const same = other.find((condition) => condition.name === name && !condition.invert);
      return !invert && same !== undefined && textsApart(match, same.match);
    }),
  );
}

function textsApart(a: StringMatch | undefined, b: StringMatch | undefined): boolean {
  const [x, y] = [plain(a), plain(b)];
  if (x === undefined || y === undefined) return false;
  if (x.exact && y.exact) return x.value !== y.value;
  if (x.exact) return !x.value.startsWith(y.value);
  if (y.exact) return !y.value.startsWith(x.value);
  return !x.value.startsWith(y.value) && !y.value.startsWith(x.value);
}

function plain(
  match: StringMatch | undefined,
): { readonly exact: boolean; readonly value: string } | undefined {
  if (match?.kind !== 'exact' && match?.kind !== 'prefix') return undefined;
  return match.ignoreCase ? undefined : { exact: match.kind === 'exact', value: match.value };
}
