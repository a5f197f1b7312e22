import type { NamedMatch, StringMatch } from '../../../match/value-match.ts';
import type { RouteMatch, VirtualHost } from '../../../snapshot/route.ts';
import { boundaryTexts } from './boundary-texts.ts';
import { type Draft, draftTo, withClaim, withHeader } from './draft.ts';

/** So many requests are made for the routes of one host. */
export const MAX_DRAFTS = 5000;

/**
 * Requests around every edge of these routes: for each match one that meets it, those that miss it in one condition
 * only, and those that also meet another match, because the order of routes decides about them.
 */
export function routeDrafts(
  authority: string,
  virtualHosts: readonly VirtualHost[],
  scheme: Draft['scheme'] = 'http',
): Draft[] {
  const matches = distinct(virtualHosts.flatMap(({ routes }) => routes.flatMap((route) => route.matches)));
  const base = { ...draftTo(authority), scheme };
  const drafts = new Map<string, Draft>();
  const add = (draft: Draft) => {
    if (drafts.size < MAX_DRAFTS) drafts.set(JSON.stringify(draft), draft);
    return drafts.size < MAX_DRAFTS;
  };
  add(base);
  add({ ...base, path: '/none-of-these' });
  matches.every((match) => [meeting(match, base), ...nearMisses(match, base)].every(add));
  matches.every((match) =>
    matches.every((other) => match === other || add(meeting(match, meeting(other, base)))),
  );
  return [...drafts.values()];
}

/** The draft changed as little as makes it meet the match. */
export function meeting(match: RouteMatch, draft: Draft): Draft {
  const { method, path, scheme, authority, headers = [], queryParams = [] } = match;
  const named = (items: readonly NamedMatch[]) => items.filter(({ invert }) => !invert);
  const unwanted = new Set(headers.filter(isUnwanted).map(({ name }) => name.toLowerCase()));
  const changed: Draft = {
    ...draft,
    method: met(method, draft.method),
    path: met(path, draft.path, true),
    scheme: met(scheme, draft.scheme) === 'https' ? 'https' : 'http',
    authority: met(authority, draft.authority),
    headers: draft.headers.filter(([name]) => !unwanted.has(name)),
    query: [
      ...named(queryParams).map(({ name, match: value }) => [name, met(value, 'any')] as const),
      ...draft.query.filter(([name]) => !queryParams.some((one) => one.name === name)),
    ],
  };
  let result = changed;
  for (const { name, match: value } of named(headers)) result = withNamed(result, name.toLowerCase(), value);
  for (const { path: claim, match: value, invert } of match.claims ?? [])
    result = withClaim(result, claim, invert ? [] : met(value, 'any'));
  return result;
}

function withNamed(draft: Draft, name: string, condition: StringMatch | undefined): Draft {
  if (isAuthority(name)) return { ...draft, authority: met(condition, draft.authority) };
  const present = draft.headers.find(([known]) => known === name)?.[1];
  return withHeader(draft, name, met(condition, present ?? 'any'));
}

/** Those that meet the match but for one condition. */
function nearMisses(match: RouteMatch, base: Draft): Draft[] {
  const good = meeting(match, base);
  const { method, path, authority, headers = [], queryParams = [] } = match;
  const texts = (condition: StringMatch | undefined, isPath = false) => {
    if (condition === undefined) return [];
    const { meets, misses } = boundaryTexts(condition, isPath);
    return [...meets, ...misses];
  };
  return [
    ...(method ? ['GET', 'POST', 'DELETE'].map((one) => ({ ...good, method: one })) : []),
    ...texts(path, true).map((one) => ({ ...good, path: one })),
    ...texts(authority)
      .filter(isHost)
      .map((one) => ({ ...good, authority: one })),
    ...(match.claims ?? []).flatMap(({ path: claim, match: condition }) => [
      withoutClaims(good),
      ...['any', ...texts(condition)].map((value) => withClaim(good, claim, value)),
    ]),
    ...headers.flatMap((named) => headerVariants(named, good, texts(named.match))),
    ...queryParams.flatMap(({ name, match: condition }) => [
      { ...good, query: good.query.filter(([known]) => known !== name) },
      ...texts(condition).map((value) => ({
        ...good,
        query: [[name, value] as const, ...good.query.filter(([known]) => known !== name)],
      })),
    ]),
  ];
}

function withoutClaims({ claims: _, ...draft }: Draft): Draft {
  return draft;
}

function headerVariants({ name }: NamedMatch, good: Draft, values: readonly string[]): Draft[] {
  const key = name.toLowerCase();
  if (isAuthority(key)) return values.filter(isHost).map((authority) => ({ ...good, authority }));
  const without = { ...good, headers: good.headers.filter(([known]) => known !== key) };
  return [
    without,
    ...values.filter(isFieldValue).map((value) => withHeader(good, key, value)),
    withHeader(good, key, 'any'),
  ];
}

/** What is there already, if it meets the condition, or the first text that does. */
function met(condition: StringMatch | undefined, present: string, isPath = false): string {
  if (condition === undefined) return present;
  const { meets } = boundaryTexts(condition, isPath);
  return isMet(condition, present) ? present : (meets.find(isFieldValue) ?? present);
}

function isMet(condition: StringMatch, text: string): boolean {
  if (condition.kind === 'exact') return text === condition.value;
  return condition.kind === 'prefix' && text.startsWith(condition.value);
}

/** An inverted condition on any value, which only the missing header meets for certain. */
function isUnwanted({ invert }: NamedMatch): boolean {
  return invert === true;
}

function isAuthority(name: string): boolean {
  return name === 'host' || name === ':authority';
}

function isHost(text: string): boolean {
  return /^[A-Za-z0-9.-]+(?::\d{1,5})?$/.test(text);
}

function isFieldValue(text: string): boolean {
  return /^[\x20-\x7e\u0080-\uffff]*$/.test(text);
}

function distinct(matches: readonly RouteMatch[]): RouteMatch[] {
  return [...new Map(matches.map((match) => [JSON.stringify(match), match])).values()];
}
