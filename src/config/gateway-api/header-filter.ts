import * as z from 'zod';
import { distinct } from './rule.ts';

const NAME = /^[A-Za-z0-9!#$%&'*+\-.^_`|~]+$/;

/** A header's name, in any case. */
export const headerName = z.string().min(1).max(256).regex(NAME);

/** Header names that differ also where their case is ignored. */
export const headerNames = (longest: number) =>
  z
    .array(headerName)
    .max(longest)
    .check(distinct((name) => name.toLowerCase()))
    .default([]);

const header = z.strictObject({
  name: headerName,
  value: z
    .string()
    .min(1)
    .max(4096)
    .refine((value) => !/[\0\r\n]/.test(value), 'must not contain line breaks'),
});

const headers = z
  .array(header)
  .max(16)
  .check(distinct(({ name }) => name.toLowerCase()))
  .default([]);

/** HTTPHeaderFilter: set, add, remove. */
export const headerFilter = z.strictObject({
  set: headers,
  add: headers,
  remove: z
    .array(z.string())
    .max(16)
    .check(distinct((name) => name.toLowerCase()))
    .default([]),
});

/** A header or query parameter that a request must have. */
export function valueMatch(longest: number) {
  return z.strictObject({
    type: z.enum(['Exact', 'RegularExpression']).default('Exact'),
    name: headerName,
    value: z.string().min(1).max(longest),
  });
}
