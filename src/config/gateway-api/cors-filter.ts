import * as z from 'zod';
import { problem } from '../resource/field.ts';
import { headerName } from './header-filter.ts';
import { distinct } from './rule.ts';

const METHODS = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'CONNECT',
  'OPTIONS',
  'TRACE',
  'PATCH',
  '*',
] as const;
const ORIGIN = /(^\*$)|(^(http(s)?):\/\/(((\*\.)?([a-zA-Z0-9-]+\.)*[a-zA-Z0-9-]+|\*)(:([0-9]{1,5}))?)$)/;

/** HTTPCORSFilter; maxAge in seconds. */
export const corsFilter = z.strictObject({
  allowOrigins: alone(
    z.array(z.string().min(1).max(253).regex(ORIGIN)).max(64),
    "AllowOrigins cannot contain '*' alongside other origins",
  ),
  allowMethods: alone(
    z.array(z.enum(METHODS)).max(9),
    "AllowMethods cannot contain '*' alongside other methods",
  ),
  allowHeaders: alone(z.array(headerName).max(64), "AllowHeaders cannot contain '*' alongside other methods"),
  exposeHeaders: z.array(headerName).max(64).default([]),
  allowCredentials: z.boolean().optional(),
  maxAge: z.int().min(1).default(5),
});

/** A list that is a set, where `*` is the whole of it. */
function alone<T extends string>(list: z.ZodArray<z.ZodType<T, string>>, message: string) {
  return list
    .check(distinct((item: T) => item))
    .check((ctx) => {
      if (ctx.value.length > 1 && (ctx.value as readonly string[]).includes('*'))
        ctx.issues.push(problem(ctx.value, message));
    })
    .default([]);
}
