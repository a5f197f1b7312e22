import * as z from 'zod';
import { atMostOne, portNumber, portSelector, problem, uint32 } from './field.ts';
import { headerOperations } from './header-operations.ts';
import { hostProblem } from './host-name.ts';
import { regex } from './string-match.ts';
import { subsetName } from './subset-name.ts';

/** Destination: a service host (short names belong to the resource's namespace), subset and port. */
export const destination = z.strictObject({
  host: z.string().superRefine((host, ctx) => {
    const message = host === '*' ? 'host must not be *' : hostProblem(host);
    if (message !== undefined) ctx.addIssue({ code: 'custom', message });
  }),
  subset: z.union([z.literal(''), subsetName], 'subset name must be a DNS label').optional(),
  port: portSelector.optional(),
});

/** HTTPRouteDestination; weight defaults to 0, and one destination alone gets everything. */
export const routeDestination = z.strictObject({
  destination,
  weight: z.int().min(0, 'weight must not be negative').max(2147483647).default(0),
  headers: headerOperations.optional(),
});

/** HTTPRewrite. */
export const rewrite = z
  .strictObject({
    uri: z.string().optional(),
    authority: z.string().optional(),
    uriRegexRewrite: z
      .strictObject({ match: regex, rewrite: z.string().min(1, 'rewrite must not be empty') })
      .optional(),
  })
  .check(atMostOne('uri', 'uriRegexRewrite'))
  .refine((value) => Object.values(value).some((part) => part !== undefined && part !== ''), {
    message: 'rewrite must set uri, authority or uriRegexRewrite',
  });

/** HTTPRedirect; 301 unless redirectCode says otherwise. */
export const redirect = z
  .strictObject({
    uri: z.string().optional(),
    prefixRewrite: z.string().optional(),
    /** The proto's name of prefixRewrite, which Istio also reads. */
    prefix_rewrite: z.string().optional(),
    authority: z.string().optional(),
    scheme: z
      .string()
      .refine((scheme) => /^(?:https?)?$/.test(scheme), 'scheme must be http or https')
      .optional(),
    port: portNumber.optional(),
    derivePort: z.enum(['FROM_PROTOCOL_DEFAULT', 'FROM_REQUEST_PORT']).optional(),
    redirectCode: z
      .int()
      .refine((code) => code === 0 || (code >= 300 && code <= 399), 'must be between 300 and 399')
      .default(301),
  })
  .check(atMostOne('port', 'derivePort'), atMostOne('uri', 'prefixRewrite', 'prefix_rewrite'))
  .refine(
    (value) =>
      Object.entries(value).some(
        ([key, part]) => key !== 'redirectCode' && part !== undefined && part !== '',
      ),
    {
      message: 'redirect must set uri, prefixRewrite, authority, scheme or port',
    },
  )
  .transform(({ prefix_rewrite, ...rest }) => ({
    ...rest,
    prefixRewrite: rest.prefixRewrite ?? prefix_rewrite,
  }));

/** Unpadded as well, as Go's reader takes it. */
const BASE64 = /^[\w+/-]*={0,2}$/;
const MAX_BODY = 1024 * 1024;

const directBody = z
  .strictObject({
    string: z.string().optional(),
    bytes: z.string().regex(BASE64, 'must be base64').optional(),
  })
  .check(atMostOne('string', 'bytes'))
  .check((ctx) => {
    const size = (ctx.value.string ?? '').length + ((ctx.value.bytes ?? '').length * 3) / 4;
    if (size > MAX_BODY) ctx.issues.push(problem(ctx.value, 'body must not exceed 1 MiB'));
  });

/** HTTPDirectResponse; `body.bytes` is base64. */
export const directResponse = z.strictObject({
  status: uint32.refine((status) => status >= 200 && status <= 599, 'must be between 200 and 599'),
  body: directBody.optional(),
});
