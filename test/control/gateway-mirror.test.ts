import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GatewayMirror } from '../../control/gateway-mirror.ts';
import { RememberedLog, TestWriter } from '../support/control-parts.ts';
import { ManualClock } from '../support/scripted-transport.ts';

const entry = (key: string, value: number) => ({ key, value: new Uint8Array([value]) });

function mirrored() {
  const [clock, writer] = [new ManualClock(), new TestWriter()];
  const mirror = new GatewayMirror(writer, clock, new RememberedLog());
  return { clock, writer, mirror };
}

test('what failed is written again, but never over what came later and was written', async () => {
  const { clock, writer, mirror } = mirrored();
  writer.away = true;
  mirror.putLater([entry('a', 1), entry('b', 1)]);
  await clock.pass(10);
  writer.away = false;
  mirror.putLater([entry('a', 2)]);
  await clock.pass(10);
  assert.deepEqual(writer.written.get('a'), new Uint8Array([2]));
  await clock.pass(2000);
  assert.deepEqual(writer.batches, [['a', 'b'], ['a'], ['b']]);
  assert.deepEqual(writer.written.get('a'), new Uint8Array([2]));
  assert.deepEqual(writer.written.get('b'), new Uint8Array([1]));
});

test('of two failures of one key only the later is written again', async () => {
  const { clock, writer, mirror } = mirrored();
  writer.away = true;
  mirror.putLater([entry('a', 1)]);
  await clock.pass(500);
  mirror.putLater([entry('a', 2)]);
  await clock.pass(10);
  writer.away = false;
  await clock.pass(3000);
  assert.deepEqual(writer.batches, [['a'], ['a'], ['a']]);
  assert.deepEqual(writer.written.get('a'), new Uint8Array([2]));
});

test('batches keep their order, and a failed one keeps the later ones back', async () => {
  const { writer, mirror } = mirrored();
  await mirror.put([[entry('blob', 1)], [], [entry('pointer', 1)]]);
  assert.deepEqual(writer.batches, [['blob'], ['pointer']]);
  writer.away = true;
  await assert.rejects(mirror.put([[entry('blob', 2)], [entry('pointer', 2)]]));
  assert.deepEqual(writer.batches.at(-1), ['blob']);
});

test('a closed mirror writes nothing any more', async () => {
  const { clock, writer, mirror } = mirrored();
  writer.away = true;
  mirror.putLater([entry('a', 1)]);
  await clock.pass(10);
  await mirror.close();
  await clock.pass(5000);
  assert.equal(writer.batches.length, 1);
});
