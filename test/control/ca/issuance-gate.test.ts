import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { IssuanceBusy, IssuanceGate } from '../../../control/ca/issuance-gate.ts';
import {
  ATTEST_PATH,
  DEVELOPMENT_PATH,
  JOIN_PATH,
  RE_ATTEST_PATH,
  RENEW_PATH,
} from '../../../src/identity/enrol.ts';
import { createCsr } from '../../../src/identity/x509/csr.ts';
import { generateKey } from '../../../src/identity/x509/p256.ts';
import { EDGE_PATH } from '../../../src/runtime/control/edge-certificate.ts';
import { Attestor } from '../../support/attestor.ts';
import { NOON, testAuthority } from '../../support/identity-mesh.ts';
import { tokenIssuer } from '../../support/token-issuer.ts';

describe('the gate of issuance', () => {
  test('lets eight in at a time, the others in their order, and sends away who would be the 73rd', async () => {
    const gate = new IssuanceGate();
    const begun: number[] = [];
    const ends: (() => void)[] = [];
    const task = (i: number) => () => {
      begun.push(i);
      return new Promise<number>((resolve) => ends.push(() => resolve(i)));
    };
    const results = Array.from({ length: 72 }, (_, i) => gate.run(task(i)));
    await assert.rejects(gate.run(task(72)), IssuanceBusy);
    assert.deepEqual(gate.load, { inFlight: 8, waiting: 64, mostInFlight: 8, refused: 1 });
    while (ends.length > 0) {
      ends.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
      assert.ok(gate.load.inFlight <= 8);
    }
    assert.deepEqual(await Promise.all(results), Array.from(begun.keys()));
    assert.deepEqual(begun, Array.from(begun.keys()));
    assert.deepEqual(gate.load, { inFlight: 0, waiting: 0, mostInFlight: 8, refused: 1 });
  });

  test('gives a place back when a task fails', async () => {
    const gate = new IssuanceGate();
    const failing = Array.from({ length: 20 }, () => gate.run(() => Promise.reject(new Error('no'))));
    assert.ok((await Promise.allSettled(failing)).every(({ status }) => status === 'rejected'));
    assert.equal(await gate.run(async () => 1), 1);
    assert.equal(gate.load.inFlight, 0);
  });

  test('stands before everything that is spent: a join token that met a busy control is good afterwards', async () => {
    let busy = true;
    const gate = new IssuanceGate();
    const run: IssuanceGate['run'] = (task) =>
      busy ? Promise.reject(new IssuanceBusy('busy')) : gate.run(task);
    const attestor = new Attestor(await testAuthority(), { gate: { run } });
    const body = { token: await attestor.token(), csr: await createCsr(await generateKey()) };
    const away = await attestor.post(JOIN_PATH, body);
    assert.deepEqual([away.status, away.headers.get('retry-after')], [503, '1']);
    assert.equal(await attestor.issued(), 0);
    busy = false;
    assert.equal((await attestor.post(JOIN_PATH, body)).status, 200);
    assert.equal((await attestor.post(JOIN_PATH, body)).status, 403);
    assert.equal(gate.load.inFlight, 0);
  });

  const stalled = [JOIN_PATH, ATTEST_PATH, DEVELOPMENT_PATH, RE_ATTEST_PATH, RENEW_PATH, EDGE_PATH];
  for (const path of stalled)
    test(`gives no place to strangers who send half a body to ${path}`, async () => {
      const gate = new IssuanceGate();
      const attestor = new Attestor(await testAuthority(), { gate });
      const app = await attestor.app;
      const headers = { 'content-type': 'application/json', 'content-length': '100' };
      const bodies = Array.from({ length: 80 }, () => halfBody());
      const waiting = bodies.map(({ body }) =>
        app.request(path, { method: 'POST', headers, body, duplex: 'half' } as RequestInit),
      );
      await new Promise((resolve) => setImmediate(resolve));
      const body = { token: await attestor.token(), csr: await createCsr(await generateKey()) };
      assert.equal((await attestor.post(JOIN_PATH, body)).status, 200);
      assert.deepEqual(gate.load, { inFlight: 0, waiting: 0, mostInFlight: 1, refused: 0 });
      for (const { end } of bodies) end();
      await Promise.all(waiting);
    });

  test('gives no place to a token whose issuer is slow to show its keys', async () => {
    const gate = new IssuanceGate();
    const issuer = await tokenIssuer();
    const away = Promise.withResolvers<string>();
    const documents = { get: () => away.promise } as unknown as ReadonlyMap<string, string>;
    const attestor = new Attestor(await testAuthority(), { gate, policies, documents });
    const csr = await createCsr(await generateKey());
    const token = await issuer.sign({ iss: 'https://ci.example', aud: 'weft', exp: NOON / 1000 + 60 });
    const slow = Array.from({ length: 80 }, () => attestor.post(ATTEST_PATH, { token, csr }));
    const joined = await attestor.post(JOIN_PATH, { token: await attestor.token(), csr });
    assert.equal(joined.status, 200);
    assert.deepEqual([gate.load.mostInFlight, gate.load.refused], [1, 0]);
    away.reject(new Error('the issuer is away'));
    assert.deepEqual(new Set((await Promise.all(slow)).map(({ status }) => status)), new Set([403]));
  });
});

const policies = `
issuers:
  - name: ci
    issuer: https://ci.example
    audiences: [weft]
    jwksUri: https://ci.example/keys
    rules: [{ namespace: ci, serviceAccount: deployer }]
`;

/** One octet of a hundred, and the end when it is wanted. */
function halfBody() {
  let end = (): void => undefined;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new TextEncoder().encode('{'));
      end = () => controller.close();
    },
  });
  return { body, end: () => end() };
}
