import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { type Answer, ask } from '../support/http-client.ts';
import { type KnownAuthority, knownAuthority } from '../support/known-authority.ts';
import { load, type Outcomes, share, total } from '../support/load.ts';
import { freshState, RunningMesh } from '../support/running-mesh.ts';
import { until } from '../support/until.ts';
import { edgeCases } from './bookinfo-edge.ts';
import { securityCases } from './bookinfo-security.ts';

const reviewsPath = '/api/v1/products/0/reviews';

/** A route for every request, without retries, so that whatever is lost is seen. */
const onlyVersion = (version: string): string => `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews, namespace: default}
spec:
  hosts: [reviews]
  http:
    - route: [{destination: {host: reviews, subset: ${version}}}]
      retries: {attempts: 0}
`;

const greeting = (text: string): string => `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: hello, namespace: default}
spec:
  hosts: [hello.example]
  gateways: [bookinfo-gateway]
  http:
    - match: [{uri: {exact: /hello}}]
      directResponse: {status: 200, body: {string: ${text}}}
`;

/** 200 and the instance that answered, when nothing is missing in the answer. */
function servedBy({ status, body }: Answer): string {
  const podname = /"podname":"([^"]*)"/.exec(body)?.[1] ?? 'nobody';
  return `${status} ${podname}${body.includes('"error"') ? ' with an error' : ''}`;
}

/** What is applied while requests are on their way. */
const versions = ['v1', 'v3', 'v1', 'v3', 'v1', 'v3'];

describe('Bookinfo in a whole mesh', () => {
  let mesh: RunningMesh;
  let known: KnownAuthority;
  before(async () => {
    const state = freshState();
    known = await knownAuthority(state);
    mesh = await RunningMesh.boot([], state);
  });
  after(() => mesh.stop());

  const askReviews = (requests: number, headers: Readonly<Record<string, string>> = {}): Promise<Outcomes> =>
    load({ url: mesh.gateway + reviewsPath, headers, more: (sent) => sent < requests, label: servedBy });

  test('the page comes through the gateway with details and reviews', async () => {
    const { status, headers, body } = await ask(`${mesh.gateway}/productpage`);
    assert.equal(status, 200);
    assert.match(String(headers['content-type']), /^text\/html/);
    for (const part of ['Silas Marner', 'I read it in one sitting', 'ISBN-10'])
      assert.ok(body.includes(part), part);
    assert.doesNotMatch(body, /class="failure"/);
  });

  test('sidecars run under Deno and under Bun, beside applications of both, behind a gateway in workerd', async () => {
    const instances = await mesh.instances();
    const runtimes = new Set(instances.map(({ runtime }) => runtime.split(' ')[0]));
    assert.deepEqual([...runtimes].sort(), ['bun', 'deno']);
    assert.equal(instances.length, 6);
    const pairs = instances.map(({ workload, runtime }) => {
      const app = mesh.info.rows.find(({ name }) => name === `${workload} app`)?.runtime;
      return `${app} application, ${runtime.split(' ')[0]} sidecar`;
    });
    assert.equal(new Set(pairs).size, 4, `not every pairing is here: ${pairs}`);
    assert.equal(mesh.info.rows.find(({ name }) => name === 'gateway')?.runtime, 'workerd');
  });

  test('of 2,000 requests 80 in 100 meet reviews v1 and 20 meet v3', async (context) => {
    const outcomes = await askReviews(2000);
    context.diagnostic(JSON.stringify([...outcomes]));
    assert.deepEqual([...outcomes.keys()].sort(), ['200 reviews-v1', '200 reviews-v3']);
    assert.equal(total(outcomes), 2000);
    // Three points are more than three standard deviations.
    assert.ok(
      Math.abs(share(outcomes, '200 reviews-v3') - 20) <= 3,
      `${share(outcomes, '200 reviews-v3')} %`,
    );
  });

  test('jason meets only v2, by header and signed in', async () => {
    assert.deepEqual([...(await askReviews(50, { 'end-user': 'jason' }))], [['200 reviews-v2', 50]]);
    assert.deepEqual([...(await askReviews(50, { cookie: 'user=jason' }))], [['200 reviews-v2', 50]]);
    const page = await ask(`${mesh.gateway}/productpage`, { headers: { cookie: 'user=jason' } });
    assert.match(page.body, /stars black/);
  });

  test('what no route at the gateway names is answered there with 404', async () => {
    const answer = await ask(`${mesh.gateway}/health`);
    assert.equal(answer.status, 404);
  });

  securityCases(
    () => mesh,
    () => known,
  );

  edgeCases(
    () => mesh,
    () => known,
  );

  test('a change of a gateway VirtualService is seen at the gateway', async (context) => {
    for (const text of ['first', 'second']) {
      const revision = await mesh.apply(greeting(text));
      const applied = performance.now();
      await until(`the gateway answers ${text}`, async () => {
        const { status, body } = await ask(`${mesh.gateway}/hello`, { headers: { host: 'hello.example' } });
        assert.ok(text === 'first' || status === 200, 'the route is gone between two versions of it');
        return body === text ? true : undefined;
      });
      const ms = Math.round(performance.now() - applied);
      context.diagnostic(`revision ${revision} was seen ${ms} ms after weft apply had ended`);
    }
    const elsewhere = await ask(`${mesh.gateway}/hello`);
    assert.equal(elsewhere.status, 404, 'another host does not get that route');
  });

  test('every sidecar comes to run the revision that was applied', async () => {
    const revision = await mesh.apply(onlyVersion('v2'));
    const instances = await mesh.untilSidecars(revision);
    assert.equal(instances.length, 6);
    assert.deepEqual([...(await askReviews(50))], [['200 reviews-v2', 50]]);
    const admin = await ask(
      `http://127.0.0.1:${mesh.sidecarPort('productpage-v1', 'admin')}/ready?format=json`,
    );
    assert.deepEqual(JSON.parse(admin.body), { ready: true, state: 'LIVE', revision });
  });

  test('weft apply under load loses none of 5,000 requests', async (context) => {
    let [started, changes, revision] = [0, 0, 0];
    const more = (sent: number) => {
      started = sent;
      return sent < 5000 || changes < versions.length;
    };
    const underLoad = load({ url: mesh.gateway + reviewsPath, more, label: servedBy });
    for (const version of versions) {
      const due = 500 * (changes + 1);
      await until(`${due} requests are sent`, () => (started >= due ? true : undefined));
      revision = await mesh.apply(onlyVersion(version));
      changes++;
    }
    const outcomes = await underLoad;
    context.diagnostic(`${changes} changes, ${JSON.stringify([...outcomes])}`);
    assert.ok(total(outcomes) >= 5000);
    const good = new Set(['200 reviews-v1', '200 reviews-v2', '200 reviews-v3']);
    assert.deepEqual(
      [...outcomes].filter(([outcome]) => !good.has(outcome)),
      [],
    );
    for (const version of ['v1', 'v2', 'v3'])
      assert.ok(share(outcomes, `200 reviews-${version}`) > 1, `${version} had no turn`);
    await mesh.untilSidecars(revision);
    assert.deepEqual([...(await askReviews(100))], [['200 reviews-v3', 100]]);
  });

  test('a manifest that is refused changes nothing', async () => {
    const before = await mesh.control.get<{ revision: number }>('/v1/admin/publication');
    await assert.rejects(
      mesh.apply(onlyVersion('v1').replace('hosts:', 'hots:')),
      /manifest-0\.yaml:6:3[\s\S]*hosts/,
    );
    const after = await mesh.control.get<{ revision: number }>('/v1/admin/publication');
    assert.equal(after.revision, before.revision);
    assert.deepEqual([...(await askReviews(20))], [['200 reviews-v3', 20]]);
  });

  test('no sidecar and no control wrote an error to its log', () => {
    const names = mesh.info.rows
      .map(({ name }) => name)
      .filter((name) => name === 'control' || name.endsWith('sidecar'));
    const errors = names.flatMap((name) => {
      const text = readFileSync(`${mesh.state}/logs/${name.replaceAll(' ', '-')}.log`, 'utf8');
      return text.split('\n').filter((line) => line.includes('"level":"error"'));
    });
    assert.deepEqual(errors, []);
  });
});
