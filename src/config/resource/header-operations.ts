import * as z from 'zod';
import { mapOf, problem } from './field.ts';

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,1024}$/;

/** Envoy's command operators stand between percent signs; a lone one is written `%%`. */
const PERCENT = /^(?:[^%]|%%|%[A-Z0-9_]+(?:\([^()%]*\))?(?::\d+)?%)*$/;

const headerValue = z
  .string()
  .refine((value) => !/[\0\r\n]/.test(value), 'must not contain line breaks')
  .refine((value) => PERCENT.test(value), 'a percent sign must be written %%');

const AUTHORITY_ELSEWHERE = 'Host can only be set, and only in a request';

const changes = mapOf(headerValue).check((ctx) => {
  for (const name of ctx.value.keys()) {
    const message = headerNameProblem(name);
    if (message !== undefined) ctx.issues.push(problem(ctx.value, message, [name]));
  }
});

/** A header's name. */
export const headerName = z.string().superRefine((name, ctx) => {
  const message = headerNameProblem(name);
  if (message !== undefined) ctx.addIssue({ code: 'custom', message });
});

/** Names that are taken off or put on apart from the request's authority. */
const plainName = headerName.refine((name) => !isAuthority(name), AUTHORITY_ELSEWHERE);

const requestChange = z
  .strictObject({
    set: changes.optional(),
    add: changes.optional(),
    remove: z.array(plainName).default([]),
  })
  .check((ctx) => {
    const names = [...(ctx.value.set?.keys() ?? [])].filter(isAuthority);
    if (names.length > 1)
      ctx.issues.push(problem(ctx.value, 'the authority cannot be set twice: Host and :authority', ['set']));
  });

const responseChanges = changes.refine(
  (fields) => ![...fields.keys()].some(isAuthority),
  AUTHORITY_ELSEWHERE,
);

const responseChange = z.strictObject({
  set: responseChanges.optional(),
  add: responseChanges.optional(),
  remove: z.array(plainName).default([]),
});

/** Headers: remove, then set, then add; names in any case. `request.set` may name Host or :authority. */
export const headerOperations = z.strictObject({
  request: requestChange.optional(),
  response: responseChange.optional(),
});

/** Whether a name is the request's authority. */
export function isAuthority(name: string): boolean {
  return name === ':authority' || name.toLowerCase() === 'host';
}

/** Why a name cannot be a header's, if it cannot. */
export function headerNameProblem(name: string): string | undefined {
  if (name === ':authority') return undefined;
  if (name.startsWith(':')) return `pseudo header ${name} cannot be changed`;
  return TOKEN.test(name) ? undefined : `"${name}" is not a header name`;
}
