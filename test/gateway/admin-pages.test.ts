import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { adminPages } from '../../gateway/admin-pages.ts';
import type { Environment } from '../../gateway/environment.ts';
import { Gateway } from '../../gateway/gateway.ts';
import { generateSigningJwk, publicJwk } from '../../src/snapshot/signing-key.ts';
import { readExposition } from '../support/exposition.ts';
import { buildOutcome } from '../support/outcome.ts';
import { buildConnection, buildRequest } from '../support/snapshot.ts';

async function pages(parts: Partial<Record<keyof Environment, string>>) {
  const unread = (): never => assert.fail('a gateway only reads');
  const keys = [publicJwk(await generateSigningJwk())];
  const environment = {
    WEFT_CONFIG: { get: async () => null, put: unread, delete: unread, list: unread },
    WEFT_TARGET: 'gateway/istio-system/istio-ingressgateway',
    WEFT_MESH: 'weft',
    WEFT_SIGNING_KEYS: JSON.stringify({ keys }),
    WEFT_MINIMUM_REVISION: '1',
    WEFT_POLL_MS: '30000',
    ...parts,
  } as unknown as Environment;
  const gateway = await Gateway.create(environment);
  const app = adminPages(async () => gateway);
  const get = (path: string, token?: string) =>
    app.request(
      path,
      { headers: token === undefined ? {} : { authorization: `Bearer ${token}` } },
      environment,
      { waitUntil: () => undefined, passThroughOnException: () => undefined, props: {} },
    );
  return { gateway, get };
}

describe('the admin pages of the Worker', () => {
  for (const path of ['/status', '/stats', '/stats/prometheus']) {
    test(`${path} is for who has the admin token`, async () => {
      const { get } = await pages({ WEFT_ADMIN_TOKEN: 'secret' });
      assert.deepEqual(
        [(await get(path)).status, (await get(path, 'guess')).status, (await get(path, 'secret')).status],
        [401, 401, 200],
      );
    });

    test(`${path} is for nobody while no token is set`, async () => {
      const { get } = await pages({});
      assert.equal((await get(path, '')).status, 403);
    });
  }

  test('the isolate tells of its traffic, as JSON and to Prometheus', async () => {
    const { gateway, get } = await pages({ WEFT_ADMIN_TOKEN: 'secret' });
    gateway.telemetry.onOutcome(buildOutcome(), buildRequest('a/'), buildConnection('gateway'));
    const report = (await (await get('/stats', 'secret')).json()) as ReturnType<
      typeof gateway.telemetry.report
    >;
    assert.deepEqual([report.traffic[0]?.requests, report.runtime, report.revision], [1, 'workerd', 0]);
    const page = await get('/stats/prometheus', 'secret');
    assert.equal(page.headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
    const families = readExposition(await page.text());
    assert.equal(families.find(({ name }) => name === 'istio_requests_total')?.samples[0]?.value, 1);
  });
});
