import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { BlobCollector } from '../../control/blob-collector.ts';
import { MemoryStore } from '../../src/runtime/store/memory.ts';
import { readManifest, readPointer, readSnapshot } from '../../src/snapshot/read-publication.ts';
import { serviceOf, TestControl } from '../support/control-parts.ts';

const hourMs = 60 * 60 * 1000;
let control: TestControl;
let kept: string[] | undefined;
let removed: string[];
let away: boolean;

beforeEach(async () => {
  control = await TestControl.over(new MemoryStore());
  [kept, removed, away] = [undefined, [], false];
});

/** `kept` instead of what the history keeps. */
function collector(): BlobCollector {
  const { store, history, key, clock, log } = control;
  return new BlobCollector({
    store,
    history: { manifests: async () => kept ?? history.manifests() },
    mirror: {
      remove: async (keys) => {
        if (away) throw new Error('the network is down');
        removed.push(...keys);
      },
    },
    trust: { mesh: 'weft', keys: [key] },
    clock,
    log,
  });
}

const apply = (name: string) => control.configuration.apply([{ file: 'mesh.yaml', text: serviceOf(name) }]);

async function stored(): Promise<string[]> {
  const { store } = control;
  return [...(await store.list('blob/')), ...(await store.list('manifest/'))];
}

/** Everything in force can still be read. */
async function isWhole(): Promise<void> {
  const { store, key } = control;
  const manifest = await readManifest(store, await readPointer(store), { mesh: 'weft', keys: [key] });
  for (const [target] of manifest.targets) await readSnapshot(store, manifest, target);
}

describe('the collector of old configuration', () => {
  test('leaves what the history keeps', async () => {
    for (const name of ['a', 'b', 'c']) await apply(name);
    control.clock.time += 2 * hourMs;
    const before = await stored();
    assert.equal(await collector().collect(), 0);
    assert.deepEqual(await stored(), before);
  });

  test('removes what only dropped revisions name, here and in the gateway store, once they are old', async () => {
    for (const name of ['a', 'b', 'c']) await apply(name);
    const all = await stored();
    kept = [];
    assert.equal(await collector().collect(), 0, 'readers may be that far behind');
    control.clock.time += 2 * hourMs;
    const count = await collector().collect();
    assert.ok(count > 0);
    const left = await stored();
    assert.deepEqual(removed.sort(), all.filter((key) => !left.includes(key)).sort());
    assert.equal(left.filter((key) => key.startsWith('manifest/')).length, 1);
    await isWhole();
    assert.equal(await collector().collect(), 0);
  });

  test('removes blobs that no manifest names, as a publication leaves them that was cut off', async () => {
    await apply('a');
    await control.store.put(`blob/${'7'.repeat(64)}`, new Uint8Array(3));
    assert.equal(await collector().collect(), 1);
    await isWhole();
  });

  test('removes 256 values at a time', async () => {
    await apply('a');
    for (let i = 0; i < 300; i++)
      await control.store.put(`blob/${String(i).padStart(64, '0')}`, new Uint8Array(3));
    const own = collector();
    assert.deepEqual([await own.collect(), await own.collect(), await own.collect()], [256, 44, 0]);
  });

  test('removes nothing while a kept manifest cannot be read', async () => {
    await apply('a');
    await control.store.put(`blob/${'7'.repeat(64)}`, new Uint8Array(3));
    const { manifest } = await readPointer(control.store);
    await control.store.put(`manifest/${manifest}`, new Uint8Array(9));
    assert.equal(await collector().collect(), 0);
    assert.ok(control.log.events.some((event) => event.startsWith('warn old configuration is not removed')));
  });

  test('tries again what the gateway store did not remove', async () => {
    await apply('a');
    await control.store.put(`blob/${'7'.repeat(64)}`, new Uint8Array(3));
    away = true;
    assert.equal(await collector().collect(), 0);
    away = false;
    assert.equal(await collector().collect(), 1);
    assert.deepEqual(removed, [`blob/${'7'.repeat(64)}`]);
  });
});
