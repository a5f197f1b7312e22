import type { CanonicalRequest } from '../../src/http/message.ts';
import { type ActiveSnapshot, activate } from '../../src/proxy/activate.ts';
import type { Connection } from '../../src/proxy/decide/connection.ts';
import {
  buildCluster,
  buildConnection,
  buildListener,
  buildPolicy,
  buildRequest,
  buildRoute,
  buildSnapshot,
  buildVirtualHost,
  condition,
  exact,
  fixedInputs,
  forwardTo,
  prefix,
} from '../../test/support/snapshot.ts';
import { callTime, type Work, warm } from '../call-time.ts';
import { type Benchmark, compare, type Effort } from '../harness.ts';

/** One decision to take: the requests go round, so that no route is luckier than another. */
interface Case {
  readonly name: string;
  readonly peer?: string;
  readonly active: ActiveSnapshot;
  readonly asked: readonly (readonly [CanonicalRequest, Connection])[];
}

const HEADERS = [
  ['user-agent', 'python-requests/2.32.3'],
  ['accept', 'application/json'],
  ['accept-encoding', 'gzip'],
  ['end-user', 'jason'],
  ['cookie', 'session=eyJ1c2VyIjoiamFzb24ifQ.Zx1q2w'],
] as const;
const CLUSTER = 'outbound|9080||reviews.default.svc.cluster.local';
/** A power of two: which request is next costs an AND. */
const REQUESTS = 64;

/** How the cost of a decision grows with the routes of a host and with the policies of a workload. */
export const decide: Benchmark = {
  name: 'decide',
  about: 'decides on a request among 10, 100, 1000 routes, and among 1, 10, 100 policies; peer: the smallest',
  rows: ['10 routes', '100 routes', '1000 routes', '1 policy', '10 policies', '100 policies'],
  run,
};

async function run(effort: Effort): Promise<readonly string[]> {
  const routes = [10, 100, 1000].map(routeCase);
  const policies = [1, 10, 100].map(policyCase);
  await measure('outbound route', routes, effort);
  await measure('inbound authorisation', policies, effort);
  return [];
}

function measure(metric: string, cases: readonly Case[], effort: Effort): Promise<void> {
  const { quick } = effort;
  const sides = cases.map((one) => {
    verify(one);
    const work = workOf(one);
    warm(work);
    const peer = one.peer === undefined ? {} : { peer: one.peer };
    return { name: one.name, ...peer, sample: () => callTime(work, quick ? 40 : 250) };
  });
  return compare({ metric, unit: 'ns', sides, rounds: quick ? 7 : 15 }, effort);
}

function workOf({ active, asked }: Case): Work {
  const inputs = fixedInputs(0.5);
  let next = 0;
  return (times) => {
    let sum = 0;
    for (let i = 0; i < times; i++) {
      const [request, connection] = asked[next++ & (REQUESTS - 1)] as (typeof asked)[number];
      sum += active.decide(request, connection, inputs).kind.length;
    }
    return sum;
  };
}

/** A benchmark of wrong answers says nothing. */
function verify({ name, active, asked }: Case): void {
  for (const [request, connection] of asked) {
    const decision = active.decide(request, connection, fixedInputs(0.5));
    const wanted =
      connection.direction === 'outbound' ? request.path.slice(1, request.path.indexOf('/', 1)) : '';
    if (decision.kind !== 'forward' || decision.route !== wanted) {
      throw new Error(`${name}: ${request.path} is not decided as it should be`);
    }
  }
}

function routeCase(count: number): Case {
  const routes = Array.from({ length: count }, (_, i) =>
    buildRoute(`r${i}`, forwardTo([CLUSTER]), { matches: [{ path: prefix(`/r${i}/`) }] }),
  );
  const host = buildVirtualHost(['reviews', 'reviews.default.svc.cluster.local'], routes);
  const snapshot = buildSnapshot({
    outbound: [{ port: 9080, virtualHosts: [host] }],
    clusters: [buildCluster(CLUSTER)],
  });
  const connection = buildConnection('outbound', { port: 9080 });
  const asked = spread(count, (i) => [
    buildRequest(`reviews:9080/r${i}/items/42?limit=10`, HEADERS),
    connection,
  ]);
  const peer = count === 10 ? {} : { peer: '10 routes' };
  return { name: `${count} routes`, ...peer, active: activate(snapshot), asked };
}

function policyCase(count: number): Case {
  const policies = Array.from({ length: count }, (_, i) =>
    buildPolicy('ALLOW', [
      {
        from: [[condition('source.principal', [exact(`cluster.local/ns/default/sa/caller-${i}`)])]],
        to: [[condition('request.method', [exact('GET')]), condition('request.path', [prefix(`/r${i}/`)])]],
      },
    ]),
  );
  const clusters = [buildCluster('inbound|8080||', { discovery: { kind: 'application' } })];
  const snapshot = buildSnapshot({ inbound: [buildListener({ policies })], clusters });
  const asked = spread(count, (i) => [
    buildRequest(`app/r${i}/items/42`, HEADERS),
    buildConnection('inbound', { peer: `cluster.local/ns/default/sa/caller-${i}` }),
  ]);
  const name = count === 1 ? '1 policy' : `${count} policies`;
  const peer = count === 1 ? {} : { peer: '1 policy' };
  return { name, ...peer, active: activate(snapshot), asked };
}

/** Requests that reach first, last and everything between alike. */
function spread(count: number, ask: (i: number) => Case['asked'][number]): Case['asked'] {
  return Array.from({ length: REQUESTS }, (_, k) =>
    ask(Math.floor(((k * 37) % REQUESTS) * (count / REQUESTS))),
  );
}
