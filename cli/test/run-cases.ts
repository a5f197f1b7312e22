import { type GatewayKind, MeshPath } from '../../src/proxy/explain/mesh-path.ts';
import { CommandError } from '../exit-code.ts';
import { answerOf, type Question, type Snapshots } from '../explain/question.ts';
import type { Failure, Observation, TestCase } from './test-case.ts';

/** What became of a case. */
export interface CaseResult {
  readonly name: string;
  readonly test: TestCase;
  readonly failures: readonly (Failure & { readonly request: string })[];
  /** Milliseconds. */
  readonly durationMs: number;
}

/** Meshes that cases are judged by. */
export interface Meshes {
  readonly mesh: Snapshots;
  /** Compiled when the first case wants it. */
  readonly virtualServices: () => Snapshots;
  readonly gateway: GatewayKind;
}

/** Runs every case; `hit` hears the source key of each route and rule that took a request. */
export function runCases(
  cases: readonly TestCase[],
  meshes: Meshes,
  hit: (source: string) => void,
): CaseResult[] {
  const paths = new Map<string, { snapshots: Snapshots; path: MeshPath }>();
  const placeOf = ({ scope, gateway = meshes.gateway }: TestCase) => {
    const key = `${scope} ${gateway}`;
    const known = paths.get(key);
    if (known) return known;
    const snapshots = scope === 'mesh' ? meshes.mesh : meshes.virtualServices();
    const made = { snapshots, path: new MeshPath(snapshots.values(), gateway) };
    paths.set(key, made);
    return made;
  };
  return cases.map((test) => {
    const started = performance.now();
    const { snapshots, path } = placeOf(test);
    const failures = test.questions.flatMap((question) => {
      const observed = observe(forScope(question, test, path, snapshots), snapshots, path);
      if ('message' in observed) return [failure(test, question, observed.message)];
      tellHits(observed, hit);
      return test.judge(observed).map((one) => ({ ...one, request: requestText(question) }));
    });
    return { name: test.name, test, failures, durationMs: performance.now() - started };
  });
}

function observe(
  question: Question,
  snapshots: Snapshots,
  path: MeshPath,
): Observation | { readonly message: string } {
  try {
    const answer = answerOf(question, snapshots, path, true);
    return 'cause' in answer ? { hops: [], refusal: answer } : { hops: answer, refusal: undefined };
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { message: error.message };
  }
}

/** VirtualServices alone belong to gateways or to the mesh: the gateway is asked first. */
function forScope(question: Question, { scope }: TestCase, path: MeshPath, snapshots: Snapshots): Question {
  if (scope === 'mesh') return question;
  const answer = answerOf(question, snapshots, path, true);
  const [first] = 'cause' in answer ? [] : answer;
  const unknown = first?.entries.some(({ step, verdict }) => step === 'virtual host' && verdict === 'miss');
  return unknown ? { ...question, from: 'anyone' } : question;
}

/** A rule that an authorizer answers for passes or denies. */
const TAKEN: ReadonlySet<string> = new Set(['match', 'pass', 'deny']);

function tellHits({ hops }: Observation, hit: (source: string) => void): void {
  for (const { entries } of hops)
    for (const { step, verdict, source } of entries)
      if (source && TAKEN.has(verdict) && (step === 'route' || step === 'authorise')) hit(source);
}

function failure({ position }: TestCase, question: Question, message: string) {
  return { position, message, request: requestText(question) };
}

/** `GET http://reviews:9080/ from productpage-v1`. */
function requestText({ method, url, from, target }: Question): string {
  return `${method} ${url}${from ? ` from ${from}` : ''}${target ? ` at ${target}` : ''}`;
}
