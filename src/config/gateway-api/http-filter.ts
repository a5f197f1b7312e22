import * as z from 'zod';
import { portNumber, problem } from '../resource/field.ts';
import { corsFilter } from './cors-filter.ts';
import { externalAuth } from './external-auth.ts';
import { filterUnion, notRepeated } from './filter-union.ts';
import { headerFilter } from './header-filter.ts';
import { mirrorFilter } from './mirror-filter.ts';
import { localReference, preciseHostname } from './reference.ts';

const PATH_FIELDS = [
  ['ReplaceFullPath', 'replaceFullPath'],
  ['ReplacePrefixMatch', 'replacePrefixMatch'],
] as const;

const pathModifier = z
  .strictObject({
    type: z.enum(['ReplaceFullPath', 'ReplacePrefixMatch']),
    replaceFullPath: z.string().max(1024).optional(),
    replacePrefixMatch: z.string().max(1024).optional(),
  })
  .check((ctx) => {
    for (const [type, field] of PATH_FIELDS) {
      const written = ctx.value[field] !== undefined;
      if (ctx.value.type === type && !written)
        ctx.issues.push(problem(ctx.value, `${field} must be specified when type is set to '${type}'`));
      if (ctx.value.type !== type && written)
        ctx.issues.push(problem(ctx.value, `type must be '${type}' when ${field} is set`));
    }
  });

const redirect = z.strictObject({
  scheme: z.enum(['http', 'https']).optional(),
  hostname: preciseHostname.optional(),
  path: pathModifier.optional(),
  port: portNumber.optional(),
  statusCode: z
    .union([z.literal(301), z.literal(302), z.literal(303), z.literal(307), z.literal(308)], {
      error: 'Unsupported value: must be one of 301, 302, 303, 307, 308',
    })
    .default(302),
});

/** The fields of filters that gRPC has as well. */
export const commonFilterFields = {
  requestHeaderModifier: headerFilter.optional(),
  responseHeaderModifier: headerFilter.optional(),
  requestMirror: mirrorFilter.optional(),
  extensionRef: localReference.extend({ group: localReference.shape.group.default('') }).optional(),
};

/** Types and fields of filters that gRPC has as well. */
export const COMMON_FILTERS = [
  ['RequestHeaderModifier', 'requestHeaderModifier'],
  ['ResponseHeaderModifier', 'responseHeaderModifier'],
  ['RequestMirror', 'requestMirror'],
  ['ExtensionRef', 'extensionRef'],
] as const;

const httpFilter = z
  .strictObject({
    type: z.enum([
      'RequestHeaderModifier',
      'ResponseHeaderModifier',
      'RequestMirror',
      'RequestRedirect',
      'URLRewrite',
      'ExtensionRef',
      'CORS',
      'ExternalAuth',
    ]),
    ...commonFilterFields,
    requestRedirect: redirect.optional(),
    urlRewrite: z
      .strictObject({ hostname: preciseHostname.optional(), path: pathModifier.optional() })
      .optional(),
    cors: corsFilter.optional(),
    externalAuth: externalAuth.optional(),
  })
  .check(
    filterUnion([
      ...COMMON_FILTERS,
      ['RequestRedirect', 'requestRedirect'],
      ['URLRewrite', 'urlRewrite'],
      ['CORS', 'cors'],
      ['ExternalAuth', 'externalAuth'],
    ]),
  );

/** A filter of an HTTPRoute. */
export type HttpFilter = z.output<typeof httpFilter>;

const EXCLUSIVE =
  'May specify either httpRouteFilterRequestRedirect or httpRouteFilterRequestRewrite, but not both';

/** Filters of an HTTPRoute's rule or backend. */
export const httpFilters = z
  .array(httpFilter)
  .max(16)
  .check(
    notRepeated('CORS', 'RequestHeaderModifier', 'ResponseHeaderModifier', 'RequestRedirect', 'URLRewrite'),
    (ctx) => {
      const has = (type: string) => ctx.value.some((filter) => filter.type === type);
      if (has('RequestRedirect') && has('URLRewrite')) ctx.issues.push(problem(ctx.value, EXCLUSIVE));
    },
  )
  .default([]);
