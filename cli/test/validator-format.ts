import * as z from 'zod';
import type { Position } from '../../src/config/diagnostic.ts';
import type { FieldPath } from '../../src/config/resource/resource.ts';
import type { Question } from '../explain/question.ts';
import { plainEqual } from './plain-equal.ts';
import type { Failure, Observation, TestCase } from './test-case.ts';

/** The http rule that a route came from, as it is written; undefined where no VirtualService says so. */
export type WrittenRule = (source: string) => Readonly<Record<string, unknown>> | undefined;

const texts = z.array(z.string()).min(1, 'is empty');
const written = z.looseObject({});

const testCase = z.looseObject({
  description: z.string().default('unnamed'),
  wantMatch: z.boolean().default(false),
  request: z.strictObject({
    authority: texts,
    method: texts,
    uri: texts,
    headers: z
      .record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String))
      .default({}),
  }),
  route: z.array(written).optional(),
  redirect: written.optional(),
  rewrite: written.optional(),
  fault: written.optional(),
  headers: written.optional(),
  delegate: z.strictObject({ name: z.string(), namespace: z.string().optional() }).optional(),
});

/** A file of istio-config-validator. */
export const validatorTests = z.strictObject({ testCases: z.array(testCase) });

type ValidatorCase = z.output<typeof testCase>;

/** Parts of a rule that a case may assert. */
const PARTS = ['route', 'redirect', 'rewrite', 'fault', 'headers'] as const;

/**
 * The cases of a file: every combination of authority, method and uri is asked. What a case names of a rule must
 * be as it is written there, or with `wantMatch: false` (which is also what no `wantMatch` means) must not.
 */
export function validatorCases(
  { testCases }: z.output<typeof validatorTests>,
  at: (path: FieldPath) => Position,
  ruleOf: WrittenRule,
): TestCase[] {
  return testCases.map((one, i) => ({
    name: one.description,
    position: at(['testCases', i]),
    questions: questionsOf(one),
    scope: 'virtual-services',
    judge: (observed) => judge(one, observed, ruleOf, (path) => at(['testCases', i, ...path])),
  }));
}

function questionsOf({ request }: ValidatorCase): Question[] {
  const { authority, method, uri } = request;
  const headers = Object.entries(request.headers).map(([name, value]) => `${name}: ${value}`);
  return uri.flatMap((path) =>
    authority.flatMap((host) =>
      method.map((one) => ({
        method: one,
        url: `http://${host}${path.startsWith('/') ? '' : '/'}${path}`,
        headers,
      })),
    ),
  );
}

function judge(
  wanted: ValidatorCase,
  observed: Observation,
  ruleOf: WrittenRule,
  at: (path: FieldPath) => Position,
): Failure[] {
  const source = sourceOf(observed);
  const rule = ruleOf(source);
  const parts = PARTS.filter((part) => wanted[part] !== undefined);
  // A case that names nothing asserts that there is no destination, as the tool has it.
  const named = parts.length > 0 || wanted.delegate ? parts : (['route'] as const);
  const failures = named.flatMap((part) => {
    const actual = rule?.[part] ?? (part === 'route' ? clusterRoute(observed, rule) : undefined);
    const same = plainEqual(actual ?? [], wanted[part] ?? []);
    return same === wanted.wantMatch
      ? []
      : [{ position: at([part]), message: partText(wanted, part, actual) }];
  });
  return [...failures, ...delegateFailure(wanted, source, at)];
}

function partText(wanted: ValidatorCase, part: (typeof PARTS)[number], actual: unknown): string {
  const got = actual === undefined ? 'nothing' : JSON.stringify(actual);
  if (!wanted.wantMatch) return `${part}: it is ${got}, which wantMatch: false must not find`;
  return `${part}: expected ${JSON.stringify(wanted[part] ?? [])}, got ${got}`;
}

function delegateFailure(
  { delegate, wantMatch }: ValidatorCase,
  source: string,
  at: (path: FieldPath) => Position,
): Failure[] {
  if (delegate === undefined) return [];
  const [, namespace, name] = source.split('/');
  const same =
    name === delegate.name && (delegate.namespace === undefined || delegate.namespace === namespace);
  if (same === wantMatch) return [];
  const message = `delegate: expected ${delegate.name}${wantMatch ? '' : ' not'}, got ${source || 'none'}`;
  return [{ position: at(['delegate']), message }];
}

function sourceOf({ hops: [first] }: Observation): string {
  return first?.entries.find(({ step, verdict }) => step === 'route' && verdict === 'match')?.source ?? '';
}

/** Where no VirtualService routes: the service itself, as a destination. */
function clusterRoute({ hops: [first] }: Observation, rule: unknown): unknown {
  if (rule !== undefined || first?.decision.kind !== 'forward') return undefined;
  const [, port, , host] = first.decision.cluster.split('|');
  return host === undefined ? undefined : [{ destination: { host, port: { number: Number(port) } } }];
}
