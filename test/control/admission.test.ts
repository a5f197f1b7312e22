import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Hono } from 'hono';
import { operatorsOnly, type WorkloadEnvironment, workloadsOnly } from '../../control/admission.ts';
import { createProof } from '../../src/identity/proof.ts';
import { formatSpiffeId } from '../../src/identity/spiffe.ts';
import { RememberedLog } from '../support/control-parts.ts';
import { NOON, testAuthority, testBundle, testSvid } from '../support/identity-mesh.ts';
import { ManualClock } from '../support/scripted-transport.ts';

test('operators need the admin token, and pages of other origins get nowhere with it', async () => {
  const app = new Hono().use(operatorsOnly('secret')).get('/', (context) => context.text('in'));
  const cases: readonly (readonly [Record<string, string>, number])[] = [
    [{}, 401],
    [{ authorization: 'Bearer wrong!' }, 401],
    [{ authorization: 'Bearer secret2' }, 401],
    [{ authorization: 'Basic secret' }, 401],
    [{ authorization: 'Bearer secret' }, 200],
    [{ authorization: 'bearer secret' }, 200],
    [{ authorization: 'Bearer secret', origin: 'https://x.example' }, 403],
    [{ authorization: 'Bearer secret', origin: 'null' }, 403],
    [{ authorization: 'Bearer secret', host: '127.0.0.1:7000', origin: 'http://127.0.0.1:7000' }, 200],
    [{ authorization: 'Bearer secret', host: '127.0.0.1:7000', origin: 'http://127.0.0.1:7001' }, 403],
    [{ authorization: 'Bearer secret', host: 'evil.example', origin: 'http://evil.example' }, 403],
    [{ authorization: 'Bearer secret', host: 'localhost:7', 'sec-fetch-site': 'same-origin' }, 200],
    [{ authorization: 'Bearer secret', host: 'localhost:7', 'sec-fetch-site': 'cross-site' }, 403],
    [{ authorization: 'Bearer secret', host: 'evil.example', 'sec-fetch-site': 'same-origin' }, 403],
  ];
  for (const [headers, status] of cases)
    assert.equal((await app.request('/', { headers })).status, status, JSON.stringify(headers));
});

test('workloads need a proof for exactly this request, and it serves once', async () => {
  const authority = await testAuthority();
  const { svid } = await testSvid(authority, 'a');
  const clock = new ManualClock();
  clock.time = NOON;
  const trust = { mesh: 'weft', bundle: () => testBundle(authority), clock, log: new RememberedLog() };
  const app = new Hono<WorkloadEnvironment>();
  app.use(workloadsOnly(trust)).get('/x', (context) => context.text(formatSpiffeId(context.get('id'))));
  const target = { aud: 'weft', method: 'GET', path: '/x', now: NOON, jti: 'a'.repeat(22) };
  const ask = async (proof: string) => app.request('/x', { headers: { authorization: `Bearer ${proof}` } });

  const proof = await createProof(svid, target);
  const answer = await ask(proof);
  assert.equal(await answer.text(), 'spiffe://cluster.local/ns/default/sa/a');
  assert.equal((await ask(proof)).status, 401);
  for (const wrong of [{ path: '/y' }, { method: 'PUT' }, { aud: 'other' }, { now: NOON - 600_000 }]) {
    const other = await createProof(svid, { ...target, jti: 'b'.repeat(22), ...wrong });
    assert.equal((await ask(other)).status, 401, JSON.stringify(wrong));
  }
  assert.equal((await ask('')).status, 401);
  assert.ok(trust.log.events.every((event) => event === 'warn proof refused'));
});
