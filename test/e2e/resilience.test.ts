import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Answer, ask } from '../support/http-client.ts';
import { load, type Outcomes, total } from '../support/load.ts';
import { MeshProcess } from '../support/mesh-process.ts';
import { RunningMesh } from '../support/running-mesh.ts';
import { missingThirdParty, thirdPartyFolder } from '../support/third-party.ts';

const folder = thirdPartyFolder('bookinfo');
const manifest = (name: string): URL => new URL(`networking/${name}.yaml`, folder);
const booted = [
  new URL('platform/bookinfo.yaml', folder),
  manifest('bookinfo-gateway'),
  manifest('destination-rule-all'),
].map((url) => fileURLToPath(url));
const everybody = {};
const jason = { 'end-user': 'jason' };

/** Retries off, so that every failure behind productpage's outbound port is seen. */
const noRetries = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: reviews }
spec:
  hosts: [reviews]
  http: [{ route: [{ destination: { host: reviews } }], retries: { attempts: 0 } }]
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: reviews }
spec:
  host: reviews
  trafficPolicy:
    outlierDetection: { consecutive5xxErrors: 5, interval: 2s, baseEjectionTime: 2s, maxEjectionPercent: 50 }
`;

describe('resilience on the live Bookinfo mesh', {
  skip: missingThirdParty('bookinfo/platform/bookinfo.yaml'),
}, () => {
  let mesh: RunningMesh;
  let productpage: MeshProcess;
  /** The application of reviews v2. */
  let v2: MeshProcess;
  before(async () => {
    mesh = await RunningMesh.boot(booted);
    productpage = new MeshProcess(mesh, 'productpage-v1 app');
    v2 = new MeshProcess(mesh, 'reviews-v2 app');
  });
  after(async () => {
    v2.end();
    await mesh.stop();
  });

  const apply = async (...manifests: readonly (string | URL)[]): Promise<void> => {
    await mesh.untilSidecars(await mesh.apply(...manifests));
  };

  /** How the application of productpage calls its mesh: through its sidecar, with its credential. */
  const callOf = (service: string, path: string, headers: Readonly<Record<string, string>>) => {
    const proxy = new URL(productpage.environment.get('HTTP_PROXY') ?? '');
    const credential = Buffer.from(`${proxy.username}:${proxy.password}`).toString('base64');
    return {
      url: proxy.origin,
      target: `http://${service}:9080${path}`,
      headers: { ...headers, host: `${service}:9080`, 'proxy-authorization': `Basic ${credential}` },
    };
  };

  const call = (
    service: string,
    path: string,
    headers: Readonly<Record<string, string>>,
  ): Promise<Answer> => {
    const { url, ...options } = callOf(service, path, headers);
    return ask(url, options);
  };

  const version = ({ status, body }: Answer) => `${status} ${/"podname":"([^"]*)"/.exec(body)?.[1]}`;

  const callReviews = (
    more: (sent: number) => boolean,
    headers = everybody,
    concurrency = 8,
  ): Promise<Outcomes> =>
    load({ ...callOf('reviews', '/reviews/0', headers), more, concurrency, label: version });

  const failed = (outcomes: Outcomes): number =>
    [...outcomes].reduce((sum, [label, count]) => sum + (label.startsWith('200 ') ? 0 : count), 0);

  const only = async (headers: Readonly<Record<string, string>>, expected: string): Promise<void> => {
    assert.deepEqual([...(await callReviews((sent) => sent < 60, headers))], [[`200 ${expected}`, 60]]);
  };

  const half = async (...expected: readonly string[]): Promise<string> => {
    const outcomes = await callReviews((sent) => sent < 600);
    assert.deepEqual([...outcomes.keys()].sort(), expected);
    const share = ((outcomes.get(expected[0] ?? '') ?? 0) * 100) / total(outcomes);
    assert.ok(Math.abs(share - 50) < 8, `${share} %`);
    return `${share.toFixed(1)} % of 600 met ${expected[0]}, 50 % were to`;
  };

  test('fault-injection-details-v1 aborts every call of details', async () => {
    await apply(manifest('fault-injection-details-v1'));
    const { status, body } = await call('details', '/details/0', everybody);
    assert.deepEqual([status, body], [555, 'fault filter abort']);
  });

  test('virtual-service-ratings-test-abort aborts ratings for jason only', async () => {
    await apply(manifest('virtual-service-all-v1'));
    await apply(manifest('virtual-service-ratings-test-abort'));
    const { status, body } = await call('ratings', '/ratings/0', jason);
    assert.deepEqual([status, body], [500, 'fault filter abort']);
    assert.equal((await call('ratings', '/ratings/0', everybody)).status, 200);
  });

  test('virtual-service-ratings-test-delay delays ratings by 7 s for jason only', async (context) => {
    await apply(manifest('virtual-service-ratings-test-delay'));
    const begun = performance.now();
    assert.equal((await call('ratings', '/ratings/0', jason)).status, 200);
    const waited = performance.now() - begun;
    assert.ok(waited >= 6990, `${waited} ms`);
    const others = performance.now();
    assert.equal((await call('ratings', '/ratings/0', everybody)).status, 200);
    assert.ok(performance.now() - others < 5000);
    context.diagnostic(`jason waited ${Math.round(waited)} ms`);
  });

  test('virtual-service-reviews-50-v3 splits v1 and v3 in halves', async (context) => {
    await apply(manifest('virtual-service-reviews-50-v3'));
    context.diagnostic(await half('200 reviews-v1', '200 reviews-v3'));
  });

  test('virtual-service-reviews-v2-v3 splits v2 and v3 in halves', async (context) => {
    await apply(manifest('virtual-service-reviews-v2-v3'));
    context.diagnostic(await half('200 reviews-v2', '200 reviews-v3'));
  });

  test('virtual-service-reviews-jason-v2-v3 sends jason to v2 and everybody else to v3', async () => {
    await apply(manifest('virtual-service-all-v1'));
    await apply(manifest('virtual-service-reviews-jason-v2-v3'));
    await only(jason, 'reviews-v2');
    await only(everybody, 'reviews-v3');
  });

  test('virtual-service-details-v2 leads to a version that nobody runs', async () => {
    await apply(manifest('destination-rule-all'), manifest('virtual-service-details-v2'));
    const { status, body } = await call('details', '/details/0', everybody);
    assert.deepEqual([status, body], [503, 'no healthy upstream']);
  });

  test('an application that dies behind its sidecar costs five failures, and comes back', async (context) => {
    await apply(noRetries);
    const health = `http://127.0.0.1:${v2.environment.get('PORT')}/health`;
    const isWell = () =>
      ask(health).then(
        ({ status }) => status === 200,
        () => false,
      );
    await callReviews((sent) => sent < 100);
    v2.kill();
    const killed = performance.now();
    // One after the other: what is under way when the threshold is reached may fail as well.
    const during = await callReviews(() => performance.now() - killed < 1900, everybody, 1);
    assert.ok(failed(during) >= 1 && failed(during) <= 5, JSON.stringify([...during]));
    v2.revive();
    while (!(await isWell())) assert.ok(performance.now() - killed < 30_000, 'v2 does not come back');
    const revived = performance.now();
    let back: number | undefined;
    let after = 0;
    while (back === undefined && performance.now() - revived < 20_000) {
      const outcomes = await callReviews((sent) => sent < 20, everybody, 1);
      after += failed(outcomes);
      if (outcomes.has('200 reviews-v2')) back = performance.now() - revived;
    }
    assert.ok(back !== undefined, 'v2 was never met again');
    context.diagnostic(
      `${failed(during)} failures, then ejected; ${after} after its revival; met after ${Math.round(back)} ms`,
    );
    assert.ok(back < 4500, `${back} ms`);
  });

  test("Istio's default retries hide the death of reviews v2 with its sidecar", async (context) => {
    const [plain = ''] = noRetries.replace(', retries: { attempts: 0 }', '').split('---');
    await apply(plain);
    const deaths = [new MeshProcess(mesh, 'reviews-v2 sidecar'), v2];
    await callReviews((sent) => sent < 100);
    const begun = performance.now();
    const running = callReviews(() => performance.now() - begun < 5000);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    for (const death of deaths) death.kill();
    const outcomes = await running;
    context.diagnostic(JSON.stringify([...outcomes]));
    assert.equal(failed(outcomes), 0);
    assert.ok(total(outcomes) > 100);
  });
});
