import * as z from 'zod';
import { compileRegex } from '../../match/regex.ts';
import { atMostOne, mapOf, problem } from './field.ts';

/** Pseudo headers too: `:authority`. */
const HEADER_NAME = /^:?[-!#$%&'*+.^_`|~0-9A-Za-z]+$/;

/** An RE2 pattern that compiles (VirtualService regex fields; full match when it is applied). */
export const regex = z.string().superRefine((pattern, ctx) => {
  const message = regexProblem(pattern);
  if (message !== undefined) ctx.addIssue({ code: 'custom', message });
});

const presenceRegex = z.string().superRefine((pattern, ctx) => {
  const message = pattern === '*' ? undefined : regexProblem(pattern);
  if (message !== undefined) ctx.addIssue({ code: 'custom', message });
});

/** StringMatch: at most one of exact, prefix, regex; `{}` in a header match is "present". */
export const stringMatch = z
  .strictObject({ exact: z.string().optional(), prefix: z.string().optional(), regex: regex.optional() })
  .check(atMostOne('exact', 'prefix', 'regex'));

const EMPTY_PREFIX = { message: 'prefix must not be empty', path: ['prefix'] };

/** StringMatch whose prefix may not be empty; only that of a uri may. */
export const fullMatch = stringMatch.refine(hasPrefix, EMPTY_PREFIX);

/** StringMatch of headers and queryParams, where regex `*` also means present. */
export const presenceMatch = z
  .strictObject({
    exact: z.string().optional(),
    prefix: z.string().optional(),
    regex: presenceRegex.optional(),
  })
  .check(atMostOne('exact', 'prefix', 'regex'))
  .refine(hasPrefix, EMPTY_PREFIX);

/** Header or query parameter name → match. */
export const namedMatches = mapOf(presenceMatch);

/** Header name, or `@request.auth.claims…`, → match. */
export const headerMatches = namedMatches.check((ctx) => {
  for (const name of ctx.value.keys())
    if (!HEADER_NAME.test(name) && !name.startsWith('@request.auth.claims'))
      ctx.issues.push(problem(ctx.value, `"${name}" is not a header name`, [name]));
});

function hasPrefix(match: { readonly prefix?: string | undefined }): boolean {
  return match.prefix !== '';
}

function regexProblem(pattern: string): string | undefined {
  if (pattern === '') return 'a regex must not be empty';
  try {
    compileRegex(pattern);
    return undefined;
  } catch (error) {
    return `not an RE2 regular expression: ${error instanceof Error ? error.message : 'it does not compile'}`;
  }
}
