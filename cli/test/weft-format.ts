import * as z from 'zod';
import type { Position } from '../../src/config/diagnostic.ts';
import type { FieldPath } from '../../src/config/resource/resource.ts';
import { parsePrincipal, type Question } from '../explain/question.ts';
import { judgeExpectation } from './expectation.ts';
import type { TestCase } from './test-case.ts';

const name = z.string().min(1);
const port = z.int().min(1).max(65_535);
const status = z.int().min(0).max(599);
const text = z.union([z.string(), z.number(), z.boolean()]).transform(String);

/** What may be written as one text stands for an object with that field. */
function orText<T extends z.ZodType>(field: string, schema: T) {
  return z.preprocess((value) => (typeof value === 'string' ? { [field]: value } : value), schema);
}

const destination = orText(
  'service',
  z.strictObject({
    service: name,
    subset: z.string().optional(),
    port: port.optional(),
    weight: z.number().min(0).max(100).optional(),
  }),
);

/** One, or a list. */
const destinations = z.preprocess(
  (value) => (value === undefined || Array.isArray(value) ? value : [value]),
  z.array(destination).min(1),
);

const decision = z.enum(['allow', 'deny']);

/** Judged here, so that a wrong one is found at its line. */
const principal = z.string().transform((written, context) => {
  try {
    return parsePrincipal(written);
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
    return z.NEVER;
  }
});

const headerChecks = z.record(name, text.nullable());

const expectation = z.strictObject({
  destination: destinations.optional(),
  route: z.string().optional(),
  rewrite: z.strictObject({ path: z.string().optional(), authority: z.string().optional() }).optional(),
  headers: z.strictObject({ request: headerChecks.optional(), response: headerChecks.optional() }).optional(),
  redirect: orText(
    'location',
    z.strictObject({ location: z.string().optional(), status: status.optional() }),
  ).optional(),
  status: status.optional(),
  body: z.string().optional(),
  policy: orText('decision', z.strictObject({ decision, name: name.optional() })).optional(),
});

const request = z
  .strictObject({
    method: z.string().default('GET'),
    url: z
      .string()
      .regex(/^https?:\/\//, 'must begin with http:// or https://')
      .optional(),
    host: z.string().optional(),
    path: z.string().optional(),
    headers: z.record(name, z.union([text, z.array(text)])).default({}),
    from: z.string().optional(),
    target: z.string().optional(),
    principal: principal.optional(),
    claims: z.record(z.string(), z.unknown()).optional(),
    remoteAddress: z.string().optional(),
    authorizer: decision.optional(),
  })
  .refine(({ url, host }) => (url === undefined) !== (host === undefined), {
    message: 'needs either url, or host and path',
  })
  .refine(({ url, path }) => url === undefined || path === undefined, {
    message: 'has its path in url already',
  });

/** A file of Weft's own tests. */
export const weftTests = z.strictObject({
  gateway: z.enum(['workerd', 'sockets']).optional(),
  cases: z.array(z.strictObject({ name, request, expect: expectation })).min(1),
});

/** What such a file says. */
export type WeftTests = z.output<typeof weftTests>;
/** What must become of a request. */
export type Expectation = z.output<typeof expectation>;

/** The cases of a file. `at` tells where a field is written. */
export function weftCases({ cases, gateway }: WeftTests, at: (path: FieldPath) => Position): TestCase[] {
  return cases.map(({ name: title, request: asked, expect }, i) => ({
    name: title,
    position: at(['cases', i]),
    questions: [questionOf(asked)],
    scope: 'mesh',
    gateway,
    judge: (observed) => judgeExpectation(expect, observed, (path) => at(['cases', i, 'expect', ...path])),
  }));
}

function questionOf(asked: z.output<typeof request>): Question {
  const {
    method,
    url,
    host,
    path = '/',
    headers,
    from,
    target,
    principal: proven,
    claims,
    remoteAddress,
    authorizer,
  } = asked;
  const lines = Object.entries(headers).flatMap(([key, value]) =>
    [value].flat().map((one) => `${key}: ${one}`),
  );
  return {
    method,
    url: url ?? `http://${host}${path.startsWith('/') ? path : `/${path}`}`,
    headers: lines,
    ...(from !== undefined && { from }),
    ...(target !== undefined && { target }),
    ...(proven !== undefined && { principal: proven }),
    ...(claims !== undefined && { claims }),
    ...(remoteAddress !== undefined && { remoteAddress }),
    ...(authorizer !== undefined && { authorizer }),
  };
}
