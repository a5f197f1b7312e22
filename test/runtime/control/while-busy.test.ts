import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ControlRefused } from '../../../src/runtime/control/control-connection.ts';
import { whileBusy } from '../../../src/runtime/control/while-busy.ts';

test('who is sent away by a busy control comes again after growing pauses, twelve times, others do not', async () => {
  const pauses: number[] = [];
  const clock = { sleep: async (ms: number) => void pauses.push(ms) };
  const random = { unit: () => 0.5, bytes: (length: number) => new Uint8Array(length) };
  const refusing = (status: number, times: number) => {
    let calls = 0;
    return async () => {
      if (calls++ < times) throw new ControlRefused('POST', '/v1/join', status, 'no');
      return calls;
    };
  };
  assert.equal(await whileBusy(refusing(503, 5), { clock, random }), 6);
  assert.deepEqual(pauses, [750, 1500, 3000, 6000, 6000]);
  assert.equal(await whileBusy(refusing(503, 11), { clock, random }), 12);
  await assert.rejects(whileBusy(refusing(503, 12), { clock, random }), ControlRefused);
  pauses.length = 0;
  await assert.rejects(whileBusy(refusing(403, 1), { clock, random }), ControlRefused);
  await assert.rejects(
    whileBusy(() => Promise.reject(new TypeError('no network')), { clock, random }),
    TypeError,
  );
  assert.deepEqual(pauses, []);
});
