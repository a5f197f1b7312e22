import * as z from 'zod';
import { problem } from '../resource/field.ts';
import { regex } from '../resource/string-match.ts';
import { valueMatch } from './header-filter.ts';
import { distinct } from './rule.ts';

const CHARACTERS = /^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$/;
const WITHIN = ['//', '/./', '/../', '%2f', '%2F', '#'];
const AT_END = ['/..', '/.'];
const TYPES = "when type one of ['Exact', 'PathPrefix']";

const ANY_PATH = { type: 'PathPrefix' as const, value: '/' };

const pathMatch = z
  .strictObject({
    type: z.enum(['Exact', 'PathPrefix', 'RegularExpression']).default('PathPrefix'),
    value: z.string().max(1024).default('/'),
  })
  .check((ctx) => {
    const { type, value } = ctx.value;
    const message = type === 'RegularExpression' ? regexProblem(value) : pathProblem(value);
    if (message !== undefined) ctx.issues.push(problem(ctx.value, message, ['value']));
  });

function pathProblem(value: string): string | undefined {
  if (!value.startsWith('/')) return `value must be an absolute path and start with '/' ${TYPES}`;
  const within = WITHIN.find((part) => value.includes(part));
  if (within) return `must not contain '${within}' ${TYPES}`;
  const end = AT_END.find((part) => value.endsWith(part));
  if (end) return `must not end with '${end}' ${TYPES}`;
  if (CHARACTERS.test(value)) return undefined;
  return `must only contain valid characters (matching ${CHARACTERS.source}) for types ['Exact', 'PathPrefix']`;
}

/** Why a pattern cannot be one, if it cannot. */
export function regexProblem(value: string): string | undefined {
  const read = regex.safeParse(value);
  return read.success ? undefined : read.error.issues[0]?.message;
}

/** Matches on names, of which no two have the same. */
export function namedMatches(longest: number, ignoreCase: boolean) {
  const item = valueMatch(longest).check((ctx) => {
    const message = ctx.value.type === 'RegularExpression' ? regexProblem(ctx.value.value) : undefined;
    if (message !== undefined) ctx.issues.push(problem(ctx.value, message, ['value']));
  });
  return z
    .array(item)
    .max(16)
    .check(distinct(({ name }) => (ignoreCase ? name.toLowerCase() : name)))
    .default([]);
}

const httpMatch = z.strictObject({
  path: pathMatch.default(ANY_PATH),
  headers: namedMatches(4096, true),
  queryParams: namedMatches(1024, false),
  method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH']).optional(),
});

/** HTTPRouteMatch: all of its conditions hold. */
export type HttpMatch = z.output<typeof httpMatch>;

const EVERY_REQUEST: HttpMatch = { path: ANY_PATH, headers: [], queryParams: [] };

/** Matches of a rule; without any, every request. */
export const httpMatches = z
  .array(httpMatch)
  .max(64)
  .default(() => [EVERY_REQUEST]);
