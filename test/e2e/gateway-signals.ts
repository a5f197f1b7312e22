import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type ExposedSample, readExposition } from '../support/exposition.ts';
import { ask } from '../support/http-client.ts';
import { load } from '../support/load.ts';
import { PrometheusServer, type ScrapedTarget } from '../support/prometheus-server.ts';
import type { RunningMesh } from '../support/running-mesh.ts';
import { until } from '../support/until.ts';

const requests = 300;
const workloads = ['productpage-v1', 'details-v1', 'reviews-v1', 'reviews-v2', 'reviews-v3', 'ratings-v1'];
const services = ['productpage', 'details', 'reviews', 'ratings'];

type Match = Readonly<Record<string, string>>;

/** What the proxies of a mesh tell of its requests; its access logs are JSON and every trace is sampled. */
export function signalCases(mesh: () => RunningMesh): void {
  describe('signals of a whole mesh', () => {
    const admins = (): number[] => [
      gatewayAdmin(mesh()),
      ...workloads.map((name) => mesh().sidecarPort(name, 'admin')),
    ];

    /** Every sample of `istio_requests_total` in the mesh. */
    async function scrape(): Promise<ExposedSample[]> {
      const pages = await Promise.all(
        admins().map((port) => ask(`http://127.0.0.1:${port}/stats/prometheus`)),
      );
      return pages.flatMap(({ status, body }) => {
        assert.equal(status, 200);
        return readExposition(body).find(({ name }) => name === 'istio_requests_total')?.samples ?? [];
      });
    }

    test('every request is counted once by each of the proxies that it passes', async () => {
      const before = await scrape();
      const label = ({ status }: { status: number }) => String(status);
      const outcomes = await load({
        url: `${mesh().gateway}/productpage`,
        more: (sent) => sent < requests,
        label,
      });
      assert.deepEqual([...Object.keys(Object.fromEntries(outcomes))], ['200']);
      const after = await scrape();
      const count = (match: Match) => sum(after, match) - sum(before, match);

      assert.equal(count({ reporter: 'source', source_workload: 'istio-ingressgateway' }), requests);
      for (const name of services) {
        const to = { destination_service_name: name, response_code: '200' };
        const sent = count({ ...to, reporter: 'source' });
        assert.ok(sent > 0, name);
        assert.equal(count({ ...to, reporter: 'destination' }), sent, `${name} as its server counts`);
      }
      for (const workload of workloads) {
        const to = { destination_workload: workload };
        assert.equal(
          count({ ...to, reporter: 'destination' }),
          count({ ...to, reporter: 'source' }),
          workload,
        );
      }
    });

    test('both ends name each other, and mutual TLS is told where it is', async () => {
      const samples = await scrape();
      for (const version of ['v1', 'v3']) {
        const hop = {
          source_workload: 'productpage-v1',
          destination_workload: `reviews-${version}`,
          destination_version: version,
          destination_canonical_revision: version,
          source_principal: 'spiffe://cluster.local/ns/default/sa/bookinfo-productpage',
          destination_principal: 'spiffe://cluster.local/ns/default/sa/bookinfo-reviews',
        };
        assert.ok(sum(samples, { ...hop, reporter: 'source', connection_security_policy: 'unknown' }) > 0);
        assert.ok(
          sum(samples, { ...hop, reporter: 'destination', connection_security_policy: 'mutual_tls' }) > 0,
        );
      }
    });

    test('one request has one id in the log of every proxy, and one line per proxy and direction', async () => {
      const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
      const traceparent = `00-${trace}-00f067aa0ba902b7-01`;
      await ask(`${mesh().gateway}/productpage?access_token=canary`, {
        headers: { traceparent, 'user-agent': 'one' },
      });
      const [edge] = await until('the gateway logs it', async () => {
        const lines = logLines(mesh(), 'gateway').filter(({ user_agent }) => user_agent === 'one');
        return lines.length > 0 ? lines : undefined;
      });
      assert.equal(edge?.path, '/productpage?access_token=***');
      assert.equal(edge?.response_code, 200);
      assert.match(String(edge?.request_id), /^[0-9a-f-]{36}$/);
      const same = (name: string) =>
        logLines(mesh(), `${name}-sidecar`).filter(({ request_id }) => request_id === edge?.request_id);
      const page = await until('the sidecars log it', async () => {
        const lines = same('productpage-v1');
        return lines.length >= 3 ? lines : undefined;
      });
      const clusters = page.map(({ upstream_cluster }) => String(upstream_cluster));
      assert.deepEqual(clusters.map((cluster) => cluster.replace(/^outbound.*[|]/, '')).sort(), [
        'details.default.svc.cluster.local',
        'inbound|9080||',
        'reviews.default.svc.cluster.local',
      ]);
      assert.equal(same('details-v1').length, 1);
    });

    test('an answer that no route gave is told as such', async () => {
      const before = sum(await scrape(), { response_code: '404', response_flags: 'NR' });
      await ask(`${mesh().gateway}/no/such/page`, { headers: { host: 'nobody.example' } });
      assert.equal(sum(await scrape(), { response_code: '404', response_flags: 'NR' }) - before, 1);
    });

    test("Debian's Prometheus scrapes every proxy without a warning", {
      skip: PrometheusServer.installed ? false : 'prometheus is not installed',
    }, async (t) => {
      const prometheus = await PrometheusServer.start(admins().map((port) => `127.0.0.1:${port}`));
      t.after(() => prometheus.stop());
      const deadline = Date.now() + 20_000;
      let targets = await prometheus.targets();
      while (unscraped(targets) && Date.now() < deadline) {
        await new Promise((resolve) => setTimeout(resolve, 200));
        targets = await prometheus.targets();
      }
      assert.equal(targets.length, workloads.length + 1);
      assert.deepEqual(
        targets.map(({ health, lastError }) => ({ health, lastError })),
        targets.map(() => ({ health: 'up', lastError: '' })),
      );
      assert.deepEqual(prometheus.warnings, []);
      const seen = await prometheus.value(
        'sum(istio_requests_total{reporter="source",source_workload="istio-ingressgateway"})',
      );
      assert.ok((seen ?? 0) >= requests, String(seen));
      const p95 = await prometheus.value(
        'histogram_quantile(0.95, sum(istio_request_duration_milliseconds_bucket{reporter="source"}) by (le))',
      );
      assert.ok(p95 !== undefined && p95 > 0 && p95 < 10_000, String(p95));
    });
  });
}

function unscraped(targets: readonly ScrapedTarget[]): boolean {
  return targets.length === 0 || targets.some(({ health }) => health === 'unknown');
}

/** The JSON lines of the access log of one process. */
function logLines({ state }: RunningMesh, process: string): Record<string, unknown>[] {
  const lines = readFileSync(join(state, 'logs', `${process}.log`), 'utf8').split('\n');
  return lines.filter((line) => line.includes('"route_name"')).map((line) => JSON.parse(line));
}

function sum(samples: readonly ExposedSample[], match: Match): number {
  const matching = samples.filter(({ labels }) =>
    Object.entries(match).every(([name, value]) => labels.get(name) === value),
  );
  return matching.reduce((total, { value }) => total + value, 0);
}

/** The gateway tells its admin port only in the event that it is ready. */
function gatewayAdmin({ state }: RunningMesh): number {
  const log = readFileSync(join(state, 'logs', 'gateway.log'), 'utf8');
  const line = log.split('\n').find((text) => text.includes('"event":"ready"')) ?? '{}';
  return Number(JSON.parse(line).admin);
}
