import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MemoryStore } from '../../src/runtime/store/memory.ts';
import { ShardLoader } from '../../src/snapshot/shard-loader.ts';
import { blobKey } from '../../src/snapshot/store-key.ts';
import { sharded } from '../support/sharded.ts';
import { manyHosts } from '../support/sharded-gateway.ts';

const { map, shards } = await sharded(manyHosts(40), 2);
const patience = () => Promise.resolve();
const forEver = (_: number, signal?: AbortSignal) =>
  new Promise<void>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));

async function stored(): Promise<MemoryStore> {
  const store = new MemoryStore();
  for (const [number, { bytes }] of shards.entries())
    await store.put(blobKey(map.address(number)), Uint8Array.from(bytes));
  return store;
}

describe('the loader of shards', () => {
  test('reads a shard once for all who want it together', async () => {
    const store = await stored();
    let reads = 0;
    const counted = { get: (key: string) => store.get(key).finally(() => reads++) };
    const loader = new ShardLoader(counted, undefined, { sleep: forEver });
    await Promise.all([loader.load(map, 0), loader.load(map, 0), loader.load(map, 1)]);
    assert.equal(reads, 2);
    await loader.load(map, 0);
    assert.equal(reads, 3);
  });

  test('does not wait for ever for a read of somebody else', async () => {
    const store = await stored();
    let reads = 0;
    const stuck = {
      get: (key: string) => (reads++ === 0 ? new Promise<never>(() => undefined) : store.get(key)),
    };
    const loader = new ShardLoader(stuck, undefined, { sleep: patience });
    void loader.load(map, 0);
    assert.ok((await loader.load(map, 0)).bytes.length > 0);
  });

  test('tells all who want a shard that it cannot be had, and then tries again', async () => {
    const store = await stored();
    let away = true;
    const flaky = { get: (key: string) => (away ? Promise.reject(new Error('away')) : store.get(key)) };
    const loader = new ShardLoader(flaky, undefined, { sleep: forEver });
    const both = await Promise.allSettled([loader.load(map, 0), loader.load(map, 0)]);
    assert.deepEqual(
      both.map((one) => one.status === 'rejected' && one.reason.code),
      ['E_STORE', 'E_STORE'],
    );
    away = false;
    assert.ok((await loader.load(map, 0)).bytes.length > 0);
  });

  test('takes what was kept when the store gives something else', async () => {
    const [store, kept] = [await stored(), await stored()];
    await store.put(blobKey(map.address(0)), new Uint8Array(9));
    const loader = new ShardLoader(store, kept, { sleep: forEver });
    assert.deepEqual((await loader.load(map, 0)).bytes, Uint8Array.from(shards[0]?.bytes ?? []));
    await kept.put(blobKey(map.address(0)), new Uint8Array(8));
    await assert.rejects(loader.load(map, 0), { code: 'E_HASH' });
  });
});
