import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { IssuanceBusy, IssuanceGate } from '../../../control/ca/issuance-gate.ts';
import { JOIN_PATH } from '../../../src/identity/enrol.ts';
import { createCsr } from '../../../src/identity/x509/csr.ts';
import { generateKey } from '../../../src/identity/x509/p256.ts';
import { Attestor } from '../../support/attestor.ts';
import { testAuthority } from '../../support/identity-mesh.ts';

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
});
