import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  findIssuances,
  type Issuance,
  type IssuanceFilter,
  listIssuances,
  pruneIssuances,
  recordIssuance,
  verifyIssuances,
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

describe('the chain of the log', () => {
  const entry = (serial: string, when = 1000): Issuance => ({
    when,
    who: 'join',
    what: 'spiffe://td/a',
    serial,
    notAfter: when + 1,
  });
  const written = async (count: number) => {
    const store = new MemoryStore();
    const serials = Array.from({ length: count }, (_, i) => (i + 16).toString(16));
    await Promise.all(serials.map((serial, i) => recordIssuance(store, entry(serial, 1000 + (i % 7)))));
    return store;
  };

  test('holds for entries that are written at the same time, in whatever order their clocks say', async () => {
    assert.deepEqual(await verifyIssuances(await written(50)), { entries: 50 });
    assert.deepEqual(await verifyIssuances(new MemoryStore()), { entries: 0 });
  });

  test('goes on in another process', async () => {
    const first = new MemoryStore();
    await recordIssuance(first, entry('aa', 1));
    const second = new MemoryStore();
    for (const key of await first.list('')) await second.put(key, (await first.get(key)) ?? new Uint8Array());
    await recordIssuance(second, entry('bb', 2));
    assert.deepEqual(await verifyIssuances(second), { entries: 2 });
  });

  test('tells of an entry that is gone, altered or no entry', async () => {
    const harms: ((store: MemoryStore, key: string) => Promise<void>)[] = [
      (store, key) => store.delete(key),
      async (store, key) => {
        const text = new TextDecoder().decode(await store.get(key));
        await store.put(key, new TextEncoder().encode(text.replace('join', 'renew')));
      },
      (store, key) => store.put(key, new TextEncoder().encode('{}')),
    ];
    for (const harm of harms) {
      const store = await written(20);
      await harm(store, (await store.list('issuance/'))[10] ?? '');
      assert.ok((await verifyIssuances(store)).broken !== undefined);
    }
  });

  test('may be cut at its old end by what expired long ago', async () => {
    const store = new MemoryStore();
    const day = 86_400_000;
    for (const [i, serial] of ['aa', 'bb', 'cc'].entries())
      await recordIssuance(store, entry(serial, i * 100 * day));
    await pruneIssuances(store, 200 * day);
    assert.deepEqual(
      (await listIssuances(store, 10)).map(({ serial }) => serial),
      ['cc'],
    );
    assert.deepEqual(await verifyIssuances(store), { entries: 1 });
  });

  test('forgets nothing that is valid, however much came after it, and finds it by its serial number', async () => {
    // Only its keys are looked at: the entries of a flood are all the same.
    const first = { ...entry('aa', 1), notAfter: 1_000_000 };
    const store = new MemoryStore();
    await recordIssuance(store, first);
    const [key = ''] = await store.list('issuance/');
    const value = (await store.get(key)) ?? new Uint8Array();
    const flood = Array.from({ length: 120_000 }, (_, i) => `issuance/${String(i + 2).padStart(16, '0')}-bb`);
    const deleted: string[] = [];
    const flooded = {
      list: async () => [key, ...flood],
      get: async () => value,
      put: async () => undefined,
      delete: async (one: string) => void deleted.push(one),
    };
    await pruneIssuances(flooded, 500_000);
    assert.deepEqual(deleted, []);
    const found = await findIssuances(flooded, { serial: 'aa' }, 1);
    assert.deepEqual(
      found.map(({ serial }) => serial),
      ['aa'],
    );
  });

  test('finds by ID, attestor, serial number and life, newest first', async () => {
    const store = new MemoryStore();
    const all: Issuance[] = [
      { ...entry('aa', 1), who: 'join', what: 'spiffe://td/ns/a/sa/x', notAfter: 10 },
      { ...entry('bb', 2), who: 'token/github', what: 'spiffe://td/ns/b/sa/x', notAfter: 20 },
      { ...entry('cc', 3), who: 'renew', what: 'spiffe://td/ns/a/sa/y', notAfter: 30 },
    ];
    for (const one of all) await recordIssuance(store, one);
    const found = async (filter: IssuanceFilter, limit = 10) =>
      (await findIssuances(store, filter, limit)).map(({ serial }) => serial);
    assert.deepEqual(await found({}), ['cc', 'bb', 'aa']);
    assert.deepEqual(await found({}, 2), ['cc', 'bb']);
    assert.deepEqual(await found({ id: 'ns/a' }), ['cc', 'aa']);
    assert.deepEqual(await found({ who: 'token' }), ['bb']);
    assert.deepEqual(await found({ serial: 'bb' }), ['bb']);
    assert.deepEqual(await found({ serial: 'b' }), []);
    assert.deepEqual(await found({ validAt: 15 }), ['cc', 'bb']);
  });
});
