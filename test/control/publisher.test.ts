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
