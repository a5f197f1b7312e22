import { compileNamedMatch } from '../../match/named-match.ts';
import type { Predicate } from '../../match/predicate.ts';
import { compileStringMatch, ignoringCase } from '../../match/string-match.ts';
import type { NamedMatch, StringMatch } from '../../match/value-match.ts';
import type { RouteMatch } from '../../snapshot/route.ts';
import { isAuthorityName } from './apply-edits.ts';
import { compileClaimMatch } from './claim-match.ts';
import type { Evidence } from './evidence.ts';
import { queryParameter } from './query-parameter.ts';
import { requestField } from './request-field.ts';

/** A compiled HTTPMatchRequest. */
export interface CompiledMatch {
  /** Length of the path prefix that a rewrite replaces, or undefined when it replaces the whole path. */
  readonly prefixLength: number | undefined;
  test(evidence: Evidence): boolean;
  /** The first condition that fails, in words; undefined when all hold. */
  miss(evidence: Evidence): string | undefined;
  /** A rank: the part of the conditions that fails, 0 to 1. */
  missed(evidence: Evidence): number;
}

/** Compiles one item of a route's `match`; conditions that cost least come first. Throws RegexError. */
export function compileRouteMatch(match: RouteMatch): CompiledMatch {
  const conditions = compileConditions(match).sort((a, b) => a.cost - b.cost);
  return {
    prefixLength: prefixLength(match.path),
    test: (evidence) => {
      for (const condition of conditions) if (!condition.test(evidence)) return false;
      return true;
    },
    miss: (evidence) => conditions.find((condition) => !condition.test(evidence))?.explain(evidence),
    missed: (evidence) => {
      const failing = conditions.filter((condition) => !condition.test(evidence)).length;
      return failing / Math.max(1, conditions.length);
    },
  };
}

/** The match of a route without conditions. */
export const matchEverything: CompiledMatch = compileRouteMatch({});

interface RequestCondition {
  readonly cost: number;
  test(evidence: Evidence): boolean;
  explain(evidence: Evidence): string;
}

type Read = (evidence: Evidence) => string | undefined;

function compileConditions(match: RouteMatch): RequestCondition[] {
  return [
    ...onField('method', match.method, ({ request }) => request.method),
    ...onField('path', match.path, ({ request }) => request.path),
    ...onField('scheme', match.scheme, ({ request }) => request.scheme),
    ...onField(
      'authority',
      match.authority && ignoringCase(match.authority),
      ({ request }) => request.authority,
    ),
    ...(match.headers ?? []).map(onHeader),
    ...(match.queryParams ?? []).map(onQueryParameter),
    ...(match.claims ?? []).map((claim) => ({ cost: 2, ...compileClaimMatch(claim) })),
  ];
}

function onField(name: string, match: StringMatch | undefined, read: (evidence: Evidence) => string) {
  if (match === undefined) return [];
  const predicate = compileStringMatch(match);
  const condition: RequestCondition = {
    cost: match.kind === 'regex' || match.kind === 'template' ? 3 : 0,
    test: (evidence) => predicate.test(read(evidence)),
    explain: (evidence) => `${name} is "${read(evidence)}", wants ${predicate.explain()}`,
  };
  return [condition];
}

function onHeader(named: NamedMatch): RequestCondition {
  const name = named.name.toLowerCase();
  const { match } = named;
  const condition = match && isAuthorityName(name) ? { ...named, match: ignoringCase(match) } : named;
  return onNamed('header', condition, ({ request, edits }) => requestField(request, edits, name), 1);
}

function onQueryParameter(named: NamedMatch): RequestCondition {
  return onNamed('query parameter', named, ({ request }) => queryParameter(request.query, named.name), 2);
}

function onNamed(what: string, named: NamedMatch, read: Read, cost: number): RequestCondition {
  const predicate: Predicate<string | undefined> = compileNamedMatch(named);
  return {
    cost: named.match?.kind === 'regex' ? cost + 3 : cost,
    test: (evidence) => predicate.test(read(evidence)),
    explain: (evidence) => {
      const value = read(evidence);
      const found = value === undefined ? 'is missing' : `is "${value}"`;
      return `${what} ${named.name} ${found}, wants ${predicate.explain()}`;
    },
  };
}

/** A route without a path condition is a route of the prefix `/`, as istiod writes it. */
function prefixLength(path: StringMatch | undefined): number | undefined {
  if (path === undefined) return 1;
  return path.kind === 'prefix' ? path.value.length : undefined;
}
