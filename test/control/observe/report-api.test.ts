import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProxyTable } from '../../../control/observe/proxy-table.ts';
import { reportApi } from '../../../control/observe/report-api.ts';
import { maxReportBytes } from '../../../control/observe/report-body.ts';
import { createProof } from '../../../src/identity/proof.ts';
import { RememberedLog } from '../../support/control-parts.ts';
import { NOON, testAuthority, testBundle, testSvid } from '../../support/identity-mesh.ts';
import { hopOf, reportOf, seriesOf } from '../../support/proxy-report.ts';
import { ManualClock } from '../../support/scripted-transport.ts';

/** The API with one lease of `a`, and how the identity of an account calls it. */
async function api() {
  const authority = await testAuthority();
  const clock = new ManualClock();
  clock.time = NOON;
  const proxies = new ProxyTable(clock);
  const bundle = testBundle(authority);
  const owner = 'spiffe://cluster.local/ns/default/sa/a';
  const facts = { address: '127.0.0.1', port: 1, revision: 1, runtime: 'node', expires: 0 };
  const leases = [{ instance: 'a-1', namespace: 'default', workload: 'a-v1', owner, ...facts }];
  const trust = { mesh: 'weft', bundle: () => bundle, clock, log: new RememberedLog() };
  const app = reportApi({ proxies, registry: { leases }, trust });
  let count = 0;
  const put = async (account: string, instance: string, body: unknown) => {
    const { svid } = await testSvid(authority, account);
    const path = `/v1/reports/${instance}`;
    const jti = String(++count).padStart(22, 'x');
    const proof = await createProof(svid, { aud: 'weft', method: 'PUT', path, now: NOON, jti });
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    const headers = { authorization: `Bearer ${proof}`, 'content-length': String(text.length) };
    return (await app.request(path, { method: 'PUT', headers, body: text })).status;
  };
  return { app, proxies, put };
}

test('a report is taken only from the identity that holds the lease of its instance', async () => {
  const { app, proxies, put } = await api();
  assert.equal((await app.request('/v1/reports/a-1', { method: 'PUT', body: '{}' })).status, 401);
  assert.equal(await put('b', 'a-1', reportOf('a-1')), 409);
  assert.equal(await put('a', 'a-2', reportOf('a-2')), 409);
  assert.equal(proxies.heard('a-1'), undefined);
  assert.equal(await put('a', 'a-1', reportOf('a-1')), 204);
  assert.equal(proxies.heard('a-1')?.workload, 'a-v1');
});

test('a report that is malformed or too large is refused', async () => {
  const { put } = await api();
  const series = seriesOf(hopOf('source', 'a-v1', 'b-v1'), 1);
  for (const body of [
    '{',
    {},
    reportOf('a-2'),
    reportOf('a-1', { revision: -1 }),
    reportOf('a-1', { traffic: [{ ...series, requests: -1 }] }),
    reportOf('a-1', { traffic: [{ ...series, durationMs: { counts: [1], sum: 1 } }] }),
    reportOf('a-1', { traffic: [{ ...series, labels: { ...series.labels, source_app: 'x'.repeat(600) } }] }),
    reportOf('a-1', { traffic: Array.from({ length: 2101 }, () => series) }),
  ])
    assert.equal(await put('a', 'a-1', body), 400, JSON.stringify(body).slice(0, 200));
  assert.equal(await put('a', 'a-1', 'x'.repeat(maxReportBytes + 1)), 413);
});
