import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Graph, Revision, RunningProxy } from '../../cli/mesh-state.ts';
import { type Answer, ask } from '../support/http-client.ts';
import { load, type Outcomes, total } from '../support/load.ts';
import { type CommandResult, RunningMesh } from '../support/running-mesh.ts';
import { until } from '../support/until.ts';

const path = '/api/v1/products/0/reviews';
const requests = 1000;

function servedBy({ status, body }: Answer): string {
  return `${status} ${/"podname":"([^"]*)"/.exec(body)?.[1] ?? 'nobody'}`;
}

/** What all edges of the last ten minutes between these sum up to. */
function sumOf({ edges }: Graph, from: string, to: string): number {
  return edges
    .filter((edge) => edge.from.includes(from) && edge.to.includes(to))
    .reduce((sum, edge) => sum + edge.requests, 0);
}

const near = (count: number, expected: number): boolean => Math.abs(count - expected) <= expected / 100;

function succeeded({ code, stdout, stderr }: CommandResult): string {
  assert.equal(code, 0, `${stdout}\n${stderr}`);
  return stdout;
}

describe('an operator of Bookinfo', () => {
  let mesh: RunningMesh;
  before(async () => {
    mesh = await RunningMesh.boot();
  });
  after(() => mesh.stop());

  const askReviews = (count: number): Promise<Outcomes> =>
    load({ url: mesh.gateway + path, more: (sent) => sent < count, label: servedBy });
  const json = async <T>(...args: string[]): Promise<T> =>
    JSON.parse(succeeded(await mesh.weft(...args, '-o', 'json'))) as T;
  const graph = () => mesh.control.get<Graph>('/v1/admin/graph?seconds=600');

  test('sees every proxy synced, with its certificate', async () => {
    const items = await until('seven proxies report and are synced', async () => {
      const { items: found } = await json<{ items: RunningProxy[] }>('proxy-status');
      return found.length === 7 && found.every(({ synced, lastReport }) => synced && lastReport > 0)
        ? found
        : undefined;
    });
    const sidecars = items.filter(({ kind }) => kind === 'sidecar');
    assert.equal(sidecars.length, 6);
    for (const { workload, certificate } of sidecars) {
      const account = workload.replace(/-v\d$/, '');
      assert.equal(certificate?.id, `spiffe://cluster.local/ns/default/sa/bookinfo-${account}`);
      assert.ok(certificate.notAfter > Date.now());
    }
    const table = succeeded(await mesh.weft('proxy-status'));
    assert.equal(table.match(/SYNCED/g)?.length, 7, table);
  });

  test('reads in the graph what the client counted, each request once', async (context) => {
    const before = await graph();
    const outcomes = await askReviews(requests);
    assert.equal(total(outcomes), requests);
    const wanted = requests + sumOf(before, 'gateway/', 'productpage');
    const last = await until('every proxy has reported', async () => {
      const now = await graph();
      const seen = [sumOf(now, 'gateway/', 'productpage'), sumOf(now, 'productpage', 'reviews')];
      return seen.every((count) => count >= wanted) && sumOf(now, 'reviews', 'ratings') > 0 ? now : undefined;
    });
    const versions = ['v1', 'v2', 'v3'].map((version) => [
      sumOf(last, 'productpage', `reviews-${version}`),
      outcomes.get(`200 reviews-${version}`) ?? 0,
    ]);
    context.diagnostic(`graph and client by version: ${JSON.stringify(versions)}`);
    assert.ok(near(sumOf(last, 'gateway/', 'productpage'), wanted));
    for (const [seen = 0, counted = 0] of versions) assert.ok(near(seen, counted), `${seen} of ${counted}`);
    assert.equal(sumOf(last, 'unknown', ''), 0, 'nothing is counted twice as traffic from nowhere');
    const proofs = new Map(last.edges.map(({ from, security }) => [from.split('/')[0], security]));
    assert.deepEqual([...proofs].sort(), [
      ['gateway', 'signed_request'],
      ['workload', 'mutual_tls'],
    ]);
    const nodes = last.nodes.filter(({ kind }) => kind === 'workload');
    assert.equal(nodes.length, 6);
    assert.equal(new Set(nodes.map(({ service }) => service)).size, 4);
    assert.ok(last.nodes.every(({ instances, ready }) => instances === 1 && ready === 1));
    const edges = succeeded(await mesh.weft('stat', 'edges', '--seconds', '600'));
    assert.match(edges, /productpage-v1\.default +reviews-v1\.default .*mutual_tls/);
    assert.match(succeeded(await mesh.weft('stat')), /reviews-v3\.default +workload +v3 +1\/1/);
  });

  test('goes back to an earlier revision, and live traffic follows', async () => {
    const [first] = (await json<{ items: Revision[] }>('history')).items;
    const revision = await mesh.apply(
      new URL('../../examples/bookinfo/try/reviews-v3.yaml', import.meta.url),
    );
    await mesh.untilSidecars(revision);
    assert.deepEqual([...(await askReviews(50)).keys()], ['200 reviews-v3']);
    const dry = succeeded(await mesh.weft('rollback', String(first?.revision), '--dry-run'));
    assert.match(dry, /^VirtualService default\/reviews changed$/m);
    assert.match(dry, /^\+ +subset: v1$/m);
    assert.match(dry, /^1 resource would change/m);
    assert.deepEqual([...(await askReviews(50)).keys()], ['200 reviews-v3']);
    const back = succeeded(await mesh.weft('rollback', String(first?.revision)));
    assert.ok(back.includes(`revision ${revision + 1} published`), back);
    await mesh.untilSidecars(revision + 1);
    assert.deepEqual([...(await askReviews(200)).keys()].sort(), ['200 reviews-v1', '200 reviews-v3']);
    const { items } = await json<{ items: Revision[] }>('history');
    assert.deepEqual(
      items.slice(0, 3).map(({ revision: number, inForce, summary }) => [number, inForce, summary]),
      [
        [revision + 1, true, `back to revision ${first?.revision}: VirtualService default/reviews changed`],
        [revision, false, 'VirtualService default/reviews changed'],
        [first?.revision, false, first?.summary],
      ],
    );
    const one = succeeded(await mesh.weft('history', String(revision)));
    assert.match(one, /^- +subset: v1$/m);
  });

  test('is told of a revision that is not kept, and of a proxy that is not there', async () => {
    const { code, stderr } = await mesh.weft('rollback', '999');
    assert.equal(code, 1);
    assert.match(stderr, /revision 999 is not kept; the history goes from 1 to/);
    const config = await mesh.weft('proxy-config', 'route', 'nobody');
    assert.equal(config.code, 64);
    assert.match(config.stderr, /no proxy nobody; there are: .*reviews-v1\.default/);
  });

  test('reads every part of what a proxy runs, with the YAML line behind it', async () => {
    const port = mesh.sidecarPort('reviews-v1', 'in');
    for (const [part, proxy, expected] of [
      [
        'route',
        'productpage-v1',
        /reviews, reviews\.default \+ 2 more .*header end-user=jason .*routing\.yaml:69/,
      ],
      ['route', 'istio-ingressgateway.istio-system', /\/productpage/],
      ['cluster', 'productpage-v1', /reviews\.default\.svc\.cluster\.local +9080 +v1 +outbound +registry/],
      ['endpoint', 'productpage-v1', new RegExp(`127\\.0\\.0\\.1:${port} +reviews-v1 +mutual tls`)],
      ['secret', 'productpage-v1', /spiffe:\/\/cluster\.local\/ns\/default\/sa\/bookinfo-productpage/],
      ['listener', 'reviews-v1.default', /inbound +9080 +http +STRICT/],
      ['policy', 'reviews-v1', /default\/reviews-readers +ALLOW +1 +.*security\.yaml:57/],
    ] as const)
      assert.match(succeeded(await mesh.weft('proxy-config', part, proxy)), expected, `${part} ${proxy}`);
  });

  test('is told that all is well, or what is not and what to do', async () => {
    const well = await until('all checks pass', async () => {
      const result = await mesh.weft('check');
      return result.code === 0 ? result.stdout : undefined;
    });
    assert.doesNotMatch(well, /✖/);
    assert.ok(well.split('\n').length > 10, well);
    const { pid } = mesh.info.rows.find(({ name }) => name === 'ratings-v1 sidecar') ?? {};
    assert.ok(pid);
    process.kill(pid, 'SIGTERM');
    const sick = await until('the missing sidecar is noticed', async () => {
      const result = await mesh.weft('check', '--wait', '0');
      return result.stdout.includes('has no sidecar') ? result : undefined;
    });
    assert.equal(sick.code, 1);
    assert.match(sick.stdout, /✖ all 6 workloads have a sidecar\n +default\/ratings-v1 has no sidecar\n +→ /);
    assert.equal((await ask(`${mesh.gateway}${path}`)).status, 200);
  });
});

test('without a mesh the check says so, and exits with 69', async () => {
  const { weft, freshState } = await import('../support/running-mesh.ts');
  const { code, stdout } = await weft('check', '--state', freshState());
  assert.equal(code, 69);
  assert.match(
    stdout,
    /^✖ control answers\n +no mesh is running here: .*\n +→ start the mesh with: npm start$/m,
  );
});
