import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TransportError } from '../../src/proxy/forward/transport.ts';
import { drawFrom } from '../support/candidates.ts';
import { ManualClock } from '../support/scripted-transport.ts';
import {
  type Call,
  type CallResult,
  SimulatedMesh,
  type SimulationOptions,
} from '../support/simulated-mesh.ts';

const reviews: Call = { from: 'client-v1', url: 'http://reviews:9080/reviews/0' };

function service(app: string, versions: readonly string[]): string {
  return `apiVersion: v1
kind: Service
metadata: { name: ${app} }
spec: { selector: { app: ${app} }, ports: [{ name: http, port: 9080 }] }
---
${versions.map((version) => deployment(app, version)).join('---\n')}`;
}

function deployment(app: string, version: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${app}-${version} }
spec:
  selector: { matchLabels: { app: ${app}, version: ${version} } }
  template:
    metadata: { labels: { app: ${app}, version: ${version} } }
    spec: { containers: [{ name: ${app}, image: ${app} }] }
`;
}

const world = [service('client', ['v1']), service('reviews', ['v1', 'v2', 'v3'])].join('---\n');

/** A VirtualService of reviews with one rule. */
const rule = (fields: string, host = 'reviews') => `---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: reviews }
spec:
  hosts: [reviews]
  http: [{ route: [{ destination: { host: ${host} } }], ${fields} }]
`;

const policy = (fields: string) => `---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: reviews }
spec:
  host: reviews
  trafficPolicy: { ${fields} }
  subsets: [{ name: v1, labels: { version: v1 } }, { name: v3, labels: { version: v3 } }]
`;

const noRetries = rule('retries: { attempts: 0 }');

const mesh = (more: readonly string[], options: SimulationOptions = {}) =>
  new SimulatedMesh([world, ...more].join(''), { draw: drawFrom(7), ...options });

async function calls(simulated: SimulatedMesh, count: number, call = reviews): Promise<CallResult[]> {
  const results: CallResult[] = [];
  for (let i = 0; i < count; i++) results.push(await simulated.call(call));
  return results;
}

const failures = (results: readonly CallResult[]) => results.filter(({ status }) => status >= 500).length;
const isV2 = (workload: string) => workload === 'reviews-v2';

describe("Istio's default retries", () => {
  test('nobody notices an instance that is gone with its sidecar', async () => {
    const results = await calls(mesh([], { dead: isV2 }), 200);
    assert.equal(failures(results), 0);
    const attempts = Map.groupBy(results, (result) => result.attempts);
    assert.deepEqual([...attempts.keys()].sort(), [1, 2]);
    assert.equal(
      (await mesh([], { dead: (name) => name.startsWith('reviews') }).call(reviews)).flags,
      'UF,URX',
    );
  });

  test('a POST is sent again where nobody got it, and an answer of 503 stands', async () => {
    const posts = await calls(mesh([], { dead: isV2 }), 50, { ...reviews, method: 'POST' });
    assert.equal(failures(posts), 0);
    const { status, attempts } = await mesh([], { answer: () => 503 }).call(reviews);
    assert.deepEqual([status, attempts], [503, 1]);
  });

  test('attempts: 0 switches them off', async () => {
    const results = await calls(mesh([noRetries], { dead: isV2 }), 100);
    assert.ok(failures(results) > 10);
    assert.ok(results.every(({ attempts }) => attempts === 1));
  });
});

describe('outlier detection', () => {
  const outlier = 'outlierDetection: { consecutive5xxErrors: 5, interval: 2s, baseEjectionTime: 2s }';

  test('an application that is down behind its sidecar costs five failures, and comes back within two intervals', async () => {
    const clock = new ManualClock();
    let down = true;
    const refused = new TransportError('connect-failure', false, 'ECONNREFUSED');
    const answer = (workload: string) => (down && isV2(workload) ? refused : 200);
    const simulated = mesh([noRetries, policy(outlier)], { clock, answer });
    assert.equal(failures(await calls(simulated, 200)), 5);
    down = false;
    await clock.pass(4000);
    const back = await calls(simulated, 100);
    assert.equal(failures(back), 0);
    assert.ok(back.some(({ workload }) => isV2(workload)));
  });

  test('when everything is ejected there is no healthy upstream, unless that would be a panic', async () => {
    const every = `${outlier.slice(0, -1)}, maxEjectionPercent: 100`;
    const broken = { clock: new ManualClock(), answer: () => 500 };
    const results = await calls(mesh([noRetries, policy(`${every} }`)], broken), 60);
    assert.deepEqual(results.at(-1)?.flags, 'UH');
    assert.equal(results.filter(({ flags }) => flags === '-').length, 15);
    const panic = await calls(mesh([noRetries, policy(`${every}, minHealthPercent: 50 }`)], broken), 60);
    assert.ok(panic.every(({ flags }) => flags === '-'));
  });
});

describe('faults', () => {
  test('a delay comes before the answer, flagged DI', async () => {
    const clock = new ManualClock();
    const simulated = mesh([rule('fault: { delay: { percentage: { value: 100 }, fixedDelay: 7s } }')], {
      clock,
    });
    const running = simulated.call(reviews);
    await clock.pass(6999);
    assert.deepEqual([clock.sleeps, simulated.received.length], [[7000], 0]);
    await clock.pass(1);
    const { status, flags } = await running;
    assert.deepEqual([status, flags], [200, 'DI']);
  });

  test('an abort reaches nobody, flagged FI, and gRPC hears of it in its own words', async () => {
    const simulated = mesh([rule('fault: { abort: { percentage: { value: 100 }, httpStatus: 555 } }')]);
    const { status, flags, body, attempts } = await simulated.call(reviews);
    assert.deepEqual([status, flags, body, attempts], [555, 'FI', 'fault filter abort', 0]);
    assert.equal(simulated.received.length, 0);
    const unavailable = mesh([
      rule('fault: { abort: { percentage: { value: 100 }, grpcStatus: NOT_FOUND } }'),
    ]);
    const grpc = await unavailable.call({ ...reviews, headers: [['content-type', 'application/grpc']] });
    assert.deepEqual([grpc.status, grpc.headers.get('grpc-status')], [200, '5']);
    assert.equal((await unavailable.call(reviews)).status, 404);
  });

  test('a share of requests is a share, and no percentage is none', async () => {
    const results = await calls(
      mesh([rule('fault: { abort: { percentage: { value: 30 }, httpStatus: 500 } }')]),
      2000,
    );
    const aborted = results.filter(({ flags }) => flags === 'FI').length / 20;
    assert.ok(Math.abs(aborted - 30) < 4, `${aborted} %`);
    assert.equal(failures(await calls(mesh([rule('fault: { abort: { httpStatus: 500 } }')]), 20)), 0);
  });
});

describe('mirrors', () => {
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  const v1 = rule('mirror: { host: reviews, subset: v3 }').replace(
    'host: reviews }',
    'host: reviews, subset: v1 }',
  );

  test('a copy goes to the mirror with a marked host, and the client does not hear of it', async () => {
    const simulated = mesh([v1, policy('loadBalancer: { simple: RANDOM }')], {
      answer: (workload) => (workload === 'reviews-v3' ? 500 : 200),
    });
    const { status, workload } = await simulated.call(reviews);
    await settled();
    assert.deepEqual([status, workload], [200, 'reviews-v1']);
    assert.deepEqual(simulated.received.toSorted(), [
      ['reviews-v1', 'reviews:9080'],
      ['reviews-v3', 'reviews-shadow:9080'],
    ]);
  });

  test('a mirror that is gone costs nothing, and a percentage is a share', async () => {
    const gone = mesh([v1, policy('loadBalancer: { simple: RANDOM }')], {
      dead: (name) => name === 'reviews-v3',
    });
    assert.equal(failures(await calls(gone, 20)), 0);
    const some = v1.replace('subset: v3 }', 'subset: v3 }, mirrorPercentage: { value: 25 }');
    const simulated = mesh([some, policy('loadBalancer: { simple: RANDOM }')]);
    await calls(simulated, 1000);
    await settled();
    const share = (simulated.received.length - 1000) / 10;
    assert.ok(Math.abs(share - 25) < 4, `${share} %`);
  });
});
