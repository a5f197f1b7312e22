import type { RouteMatch } from '../../snapshot/route.ts';
import { isAuthorityName } from './apply-edits.ts';
import type { CompiledRoute } from './compiled-route.ts';
import type { Evidence } from './evidence.ts';
import { buildFieldIndex, type Candidate, type FieldIndex, firstMatch } from './field-index.ts';
import { buildPrefixTable, emptyHash, extendHash, type PrefixTable, prefixAt } from './prefix-table.ts';

/**
 * The routes of a virtual host by path, and among those of one path by method and header. What it proposes is
 * tested as it is written, so that it decides only which candidates are looked at.
 */
export interface RouteIndex {
  readonly exact: ReadonlyMap<string, FieldIndex>;
  /** Whether there are exact paths: most virtual hosts have none, and then nothing is looked up. */
  readonly hasExact: boolean;
  readonly prefixes: PrefixTable<FieldIndex>;
  /** Any path, or a condition on it that has to be tried: regex, suffix, or one in any case. */
  readonly rest: FieldIndex;
}

/** A compiled route, and the items of its `match` as they stand in the snapshot; empty = every request. */
export interface IndexedRoute {
  readonly route: CompiledRoute;
  readonly matches: readonly RouteMatch[];
}

/** Builds the index of routes in their order. */
export function buildRouteIndex(routes: readonly IndexedRoute[]): RouteIndex {
  const exact = new Map<string, Candidate[]>();
  const prefixes = new Map<string, Candidate[]>();
  const rest: Candidate[] = [];
  let order = 0;
  for (const { route, matches } of routes) {
    for (const [i, match] of route.matches.entries()) {
      const wanted = matches[i] ?? {};
      const candidate = { order: order++, route, match, fields: fixedFields(wanted) };
      groupOf(wanted, exact, prefixes, rest).push(candidate);
    }
  }
  return {
    exact: new Map([...exact].map(([path, own]) => [path, buildFieldIndex(own)])),
    hasExact: exact.size > 0,
    prefixes: buildPrefixTable(new Map([...prefixes].map(([path, own]) => [path, buildFieldIndex(own)]))),
    rest: buildFieldIndex(rest),
  };
}

/** The first item in the order of the routes that the request satisfies. */
export function findCandidate(index: RouteIndex, evidence: Evidence): Candidate | undefined {
  const { path } = evidence.request;
  const ofPath = index.hasExact ? index.exact.get(path) : undefined;
  const best = ofPath === undefined ? undefined : firstMatch(ofPath, evidence, undefined);
  return firstMatch(index.rest, evidence, firstOfPrefixes(index.prefixes, path, evidence, best));
}

function firstOfPrefixes(
  table: PrefixTable<FieldIndex>,
  path: string,
  evidence: Evidence,
  before: Candidate | undefined,
): Candidate | undefined {
  const { lengths } = table;
  const end = Math.min(path.length + 1, lengths.length);
  let best = before;
  let hash = emptyHash;
  for (let length = 0; length < end; length++) {
    if (length > 0) hash = extendHash(hash, path.charCodeAt(length - 1));
    if (lengths[length] === 0) continue;
    const own = prefixAt(table, path, length, hash);
    if (own !== undefined) best = firstMatch(own, evidence, best);
  }
  return best;
}

function groupOf(
  { path }: RouteMatch,
  exact: Map<string, Candidate[]>,
  prefixes: Map<string, Candidate[]>,
  rest: Candidate[],
): Candidate[] {
  if (path === undefined || (path.kind !== 'exact' && path.kind !== 'prefix') || path.ignoreCase) return rest;
  const groups = path.kind === 'exact' ? exact : prefixes;
  const own = groups.get(path.value) ?? [];
  groups.set(path.value, own);
  return own;
}

/** The authority is compared in any case, so it fixes no value. */
function fixedFields({ method, headers = [] }: RouteMatch): Candidate['fields'] {
  const fields: (readonly [string, string])[] = [];
  if (method?.kind === 'exact' && !method.ignoreCase) fields.push([':method', method.value]);
  for (const { name, match, invert } of headers) {
    if (match?.kind !== 'exact' || match.ignoreCase || invert || isAuthorityName(name.toLowerCase()))
      continue;
    fields.push([name.toLowerCase(), match.value]);
  }
  return fields;
}
