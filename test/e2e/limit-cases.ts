import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ask } from '../support/http-client.ts';
import { missingRedis, type RedisServer } from '../support/redis-server.ts';
import type { RunningMesh } from '../support/running-mesh.ts';
import { until } from '../support/until.ts';

/** Rate limits at sidecars and at the gateway in workerd; the sidecars count in `redis`. */
export function limitCases(mesh: () => RunningMesh, redis: () => RedisServer): void {
  describe('limits on a live mesh', { skip: missingRedis() }, () => {
    function limit(name: string, labels: string, item: string, namespace = 'default'): string {
      return `apiVersion: weft.dev/v1
kind: RateLimit
metadata: { name: ${name}, namespace: ${namespace} }
spec: { selector: { matchLabels: ${labels} }, limits: [{ name: all, period: 1h, scope: global, ${item} }] }
`;
    }

    const status = async (path: string) => (await ask(`${mesh().gateway}${path}`)).status;

    async function statuses(path: string, times: number): Promise<number[]> {
      const found: number[] = [];
      for (let i = 0; i < times; i++) found.push(await status(path));
      return found;
    }

    /** What the sidecars of some workloads counted together. */
    async function counted(name: string, workloads: readonly string[]): Promise<Map<string, number>> {
      const sums = new Map<string, number>();
      for (const workload of workloads) {
        const { body } = await ask(
          `http://127.0.0.1:${mesh().sidecarPort(workload, 'admin')}/stats/prometheus`,
        );
        const line = /^weft_rate_limit_requests_total\{limit="(.*?)",result="(.*?)"\} (\d+)$/gm;
        for (const [, limited, result = '', count] of body.matchAll(line))
          if (limited === name) sums.set(result, (sums.get(result) ?? 0) + Number(count));
      }
      return sums;
    }

    test('three sidecars under Deno and Bun count together in Redis', async () => {
      await mesh().untilSidecars(await mesh().apply(limit('reviews', '{ app: reviews }', 'requests: 4')));
      await statuses('/productpage', 12);
      const sums = await counted('default/reviews/all', ['reviews-v1', 'reviews-v2', 'reviews-v3']);
      assert.equal(sums.get('ok'), 4);
      assert.ok((sums.get('over_limit') ?? 0) >= 8, String(sums.get('over_limit')));
      assert.equal(sums.get('error'), 0);
    });

    test('the client hears when to come again, and a store that is gone does what the limit says', async () => {
      const item = 'requests: 3, match: [{ paths: [/productpage] }], onBackendFailure: deny';
      await mesh().untilSidecars(await mesh().apply(limit('page', '{ app: productpage }', item)));
      assert.deepEqual(await statuses('/productpage', 4), [200, 200, 200, 429]);
      const { headers } = await ask(`${mesh().gateway}/productpage`);
      assert.equal(headers['ratelimit-policy'], '"all";q=3;w=3600');
      const seconds = Number(headers['retry-after']);
      assert.ok(seconds > 1000 && seconds <= 1200, String(seconds));
      assert.equal(headers.ratelimit, `"all";r=0;t=${seconds}`);
      await redis().pause();
      await until('nobody counts', async () => ((await status('/productpage')) === 503 ? true : undefined));
      await redis().resume();
      await until('Redis counts again', async () =>
        (await status('/productpage')) === 200 ? true : undefined,
      );
      const sums = await counted('default/page/all', ['productpage-v1']);
      assert.ok((sums.get('error') ?? 0) > 0);
    });

    test('the gateway in workerd counts by its Durable Object', async () => {
      const item = 'requests: 3, match: [{ paths: [/nowhere] }], key: [request.path]';
      const revision = await mesh().apply(limit('edge', '{ istio: ingressgateway }', item, 'istio-system'));
      await mesh().untilGateway(revision);
      assert.deepEqual(await statuses('/nowhere', 5), [404, 404, 404, 429, 429]);
      const { headers } = await ask(`${mesh().gateway}/nowhere`);
      assert.equal(headers['ratelimit-policy'], '"all";q=3;w=3600');
    });
  });
}
