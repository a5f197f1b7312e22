import * as z from 'zod';
import { durationOrZero } from './duration.ts';
import { portNumber, problem } from './field.ts';
import { hostProblem } from './host-name.ts';

/** `namespace/host` or `host`. */
const service = z.string().superRefine((name, ctx) => {
  const message = hostProblem(name.slice(name.indexOf('/') + 1));
  if (message) ctx.addIssue({ code: 'custom', message });
});

const names = z.array(z.string().min(1)).default([]);

const shared = {
  service,
  port: portNumber,
  timeout: durationOrZero.optional(),
  failOpen: z.boolean().default(false),
  clearRouteCache: z.boolean().default(false),
  statusOnError: z
    .string()
    .regex(/^[1-5]\d\d$/, 'must be an HTTP status in quotes')
    .optional(),
  includeRequestBodyInCheck: z
    .strictObject({
      maxRequestBytes: z.int().min(1).optional(),
      allowPartialMessage: z.boolean().default(false),
      packAsBytes: z.boolean().default(false),
    })
    .optional(),
};

const envoyExtAuthzHttp = z.strictObject({
  ...shared,
  pathPrefix: z.string().startsWith('/', 'must start with /').optional(),
  includeHeadersInCheck: names,
  includeRequestHeadersInCheck: names,
  includeAdditionalHeadersInCheck: z.record(z.string(), z.string()).optional(),
  headersToUpstreamOnAllow: names,
  headersToDownstreamOnDeny: names,
  headersToDownstreamOnAllow: names,
});

const OTHERS = [
  'zipkin',
  'lightstep',
  'datadog',
  'stackdriver',
  'opencensus',
  'skywalking',
  'opentelemetry',
  'prometheus',
  'envoyFileAccessLog',
  'envoyHttpAls',
  'envoyTcpAls',
  'envoyOtelAls',
  'sds',
] as const;

const loose = z.looseObject({}).optional();

/** What a MeshConfig says of one provider. */
export type ExtensionProvider = z.output<typeof extensionProvider>;

/** ExtensionProvider of MeshConfig: a name, and one provider. Those of tracing and logs are known by name. */
export const extensionProvider = z
  .strictObject({
    name: z.string().min(1),
    envoyExtAuthzHttp: envoyExtAuthzHttp.optional(),
    envoyExtAuthzGrpc: z.strictObject(shared).optional(),
    zipkin: loose,
    lightstep: loose,
    datadog: loose,
    stackdriver: loose,
    opencensus: loose,
    skywalking: loose,
    opentelemetry: loose,
    prometheus: loose,
    envoyFileAccessLog: loose,
    envoyHttpAls: loose,
    envoyTcpAls: loose,
    envoyOtelAls: loose,
    sds: loose,
  })
  .check((ctx) => {
    const set = [...OTHERS, 'envoyExtAuthzHttp', 'envoyExtAuthzGrpc'].filter(
      (key) => Reflect.get(ctx.value, key) !== undefined,
    );
    if (set.length !== 1)
      ctx.issues.push(problem(ctx.value, `exactly one provider must be set, not ${set.length}`));
  });
