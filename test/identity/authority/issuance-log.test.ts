import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Issuance,
  listIssuances,
  recordIssuance,
} from '../../../src/identity/authority/issuance-log.ts';
import { MemoryStore } from '../../../src/runtime/store/memory.ts';

test('the log of issued certificates gives the last ones, oldest first', async () => {
  const store = new MemoryStore();
  const entry = (when: number): Issuance => ({
    when,
    who: 'join',
    what: 'spiffe://td/a',
    serial: 'ab',
    notAfter: when + 1,
  });
  for (const when of [1_000_000_000_000, 5, 999]) await recordIssuance(store, entry(when));
  assert.deepEqual(await listIssuances(store, 2), [entry(999), entry(1_000_000_000_000)]);
  assert.deepEqual(await listIssuances(store, 0), []);
});
