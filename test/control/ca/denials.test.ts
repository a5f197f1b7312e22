import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Denials } from '../../../control/ca/denials.ts';
import { MemoryStore } from '../../../src/runtime/store/memory.ts';

const id = { kind: 'id', value: 'spiffe://td/a', reason: 'lost' } as const;
const hour = 3_600_000;

describe('kept denials', () => {
  test('are found by the next process, the same one once', async () => {
    const store = new MemoryStore();
    const denials = await Denials.open(store, { now: () => 5 });
    await Promise.all([denials.add(id), denials.add({ kind: 'serial', value: 'ff', reason: 'x' })]);
    await denials.add({ ...id, reason: 'again' });
    const again = await Denials.open(store, { now: () => 5 });
    assert.deepEqual(again.all, [
      { kind: 'serial', value: 'ff', reason: 'x', when: 5 },
      { ...id, reason: 'again', when: 5 },
    ]);
    assert.equal(await again.remove(id), true);
    assert.equal(await again.remove(id), false);
    assert.equal((await Denials.open(store, { now: () => 5 })).all.length, 1);
  });

  test('of a certificate end when nobody can come back with it; of an ID they stay', async () => {
    const time = { now: 0 };
    const denials = await Denials.open(new MemoryStore(), { now: () => time.now });
    await denials.add(id);
    await denials.add({ kind: 'serial', value: 'ff', reason: 'x', until: 10 });
    const afterlife = 30 * 24 * hour + hour;
    time.now = 10 + afterlife - 1;
    assert.equal(await denials.sweep(), false);
    time.now = 10 + afterlife;
    assert.equal(await denials.sweep(), true);
    assert.deepEqual(
      denials.all.map(({ kind }) => kind),
      ['id'],
    );
  });

  test('are bounded, and what cannot be read lets nobody in', async () => {
    const store = new MemoryStore();
    const many = Array.from({ length: 2000 }, (_, i) => ({
      kind: 'serial',
      value: i.toString(16),
      reason: 'x',
      when: 1,
    }));
    await store.put('ca/denials', new TextEncoder().encode(JSON.stringify(many)));
    const denials = await Denials.open(store, { now: () => 1 });
    await assert.rejects(denials.add(id), RangeError);
    await store.put('ca/denials', new TextEncoder().encode('[{"kind":"all"}]'));
    await assert.rejects(Denials.open(store, { now: () => 1 }));
  });
});
