import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryStore } from '../../src/runtime/store/memory.ts';
import { serviceOf, TestControl } from '../support/control-parts.ts';

const files = [{ file: 'mesh.yaml', text: serviceOf('a') }];

test('a manifest is renewed under a new revision when half of its life is over', async () => {
  const { clock, configuration, publisher } = await TestControl.over(new MemoryStore());
  await configuration.apply(files);
  const first = await publisher.current();
  await clock.pass(11 * 3_600_000);
  assert.equal((await configuration.republish()).revision, 1);
  await clock.pass(2 * 3_600_000);
  assert.equal((await configuration.republish()).revision, 2);
  assert.ok((await publisher.current())?.expires === (first?.expires ?? 0) + 13 * 3_600_000);
});

test('a control that starts over an existing store copies what is in force to the gateway', async () => {
  const store = new MemoryStore();
  const before = await TestControl.over(store);
  await before.configuration.apply(files);
  const { configuration, writer } = await TestControl.over(store, before.key);
  await configuration.republish();
  assert.ok(writer.written.has('pointer'));
  const calls = writer.batches.length;
  await configuration.republish();
  assert.equal(writer.batches.length, calls);
});

test('a manifest says how new the trust record is, and is published anew when that changes', async () => {
  const store = new MemoryStore();
  const first = await TestControl.over(store);
  await first.configuration.apply(files);
  let sequence = 0;
  const control = await TestControl.over(store, first.key, () => sequence);
  assert.equal((await control.configuration.republish()).revision, 1);
  for (const [next, revision] of [
    [7, 2],
    [7, 2],
    [8, 3],
    [6, 3],
  ] as const) {
    sequence = next;
    assert.equal((await control.configuration.republish()).revision, revision);
    assert.equal((await control.publisher.current())?.trustSequence, next === 6 ? 8 : next);
  }
});
