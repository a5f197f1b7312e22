import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { Store } from '../../src/runtime/ports.ts';
import { MemoryStore } from '../../src/runtime/store/memory.ts';
import { publicationEntries, publish } from '../../src/snapshot/publish.ts';
import { readManifest, readPointer, readSnapshot, readSources } from '../../src/snapshot/read-publication.ts';
import type { SigningKey } from '../../src/snapshot/signing-key.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import { newKey, samplePublication, sampleSnapshot } from '../support/publication.ts';

const target = 'sidecar/default/reviews-v1';

/** A store that can do no more than the port asks, and tells what was written in which order. */
class PlainStore implements Store {
  readonly #memory = new MemoryStore();
  readonly written: string[] = [];
  get = (key: string) => this.#memory.get(key);
  list = (prefix: string) => this.#memory.list(prefix);
  delete = (key: string) => this.#memory.delete(key);
  put(key: string, value: Uint8Array<ArrayBuffer>): Promise<void> {
    this.written.push(key.replace(/\/.*/, ''));
    return this.#memory.put(key, value);
  }
}

describe('publish', () => {
  let key: SigningKey;
  before(async () => {
    key = await newKey();
  });

  test('writes blobs, then the manifest, then the pointer', async () => {
    const store = new PlainStore();
    const { address, manifest } = await publish(store, samplePublication(1), key);
    assert.deepEqual(store.written, ['blob', 'blob', 'manifest', 'pointer']);
    assert.deepEqual(await readPointer(store), { manifest: address, revision: 1 });
    const trust = { mesh: 'bookinfo', keys: [key] };
    assert.deepEqual(await readManifest(store, { manifest: address, revision: 1 }, trust), manifest);
    assert.deepEqual(await readSnapshot(store, manifest, target), sampleSnapshot());
    assert.deepEqual(await readSources(store, manifest), samplePublication(1).sources);
  });

  test('writes blobs that are there already only if they are damaged', async () => {
    const store = new PlainStore();
    const { manifest } = await publish(store, samplePublication(1), key);
    store.written.length = 0;
    await publish(store, samplePublication(2), key);
    assert.deepEqual(store.written, ['manifest', 'pointer']);
    await store.put(`blob/${manifest.sources.blob}`, new Uint8Array([1]));
    store.written.length = 0;
    await publish(store, samplePublication(3), key);
    assert.deepEqual(store.written, ['blob', 'manifest', 'pointer']);
  });

  test('rolls back as a new revision that needs no new blob', async () => {
    const store = new PlainStore();
    const first = await publish(store, samplePublication(1, 'one'), key);
    await publish(store, samplePublication(2, 'two'), key);
    store.written.length = 0;
    const third = await publish(store, samplePublication(3, 'one'), key);
    assert.deepEqual(third.manifest.targets, first.manifest.targets);
    assert.deepEqual(store.written, ['manifest', 'pointer']);
  });

  test('gives the same bytes whatever the order of members and snapshots', async () => {
    const other: Snapshot = { ...sampleSnapshot(), target: { ...sampleSnapshot().target, name: 'a' } };
    const publication = { ...samplePublication(1), snapshots: [sampleSnapshot(), other] };
    const turned = {
      ...publication,
      snapshots: [other, Object.fromEntries(Object.entries(sampleSnapshot()).reverse())],
    };
    const entries = await publicationEntries(publication, key);
    const sorted = ([content, pointer]: typeof entries) => [
      [...content].sort((a, b) => (a.key < b.key ? -1 : 1)),
      pointer,
    ];
    assert.deepEqual(sorted(await publicationEntries(turned as typeof publication, key)), sorted(entries));
  });

  test('gives batches of which the second is the pointer alone', async () => {
    const [content, pointer] = await publicationEntries(samplePublication(1), key);
    assert.deepEqual(
      [...content, ...pointer].map((entry) => entry.key.replace(/\/.*/, '')),
      ['blob', 'blob', 'manifest', 'pointer'],
    );
    assert.deepEqual(pointer.length, 1);
  });

  test('refuses a revision that is not newer, but may be repeated', async () => {
    const store = new MemoryStore();
    await publish(store, samplePublication(5), key);
    await publish(store, samplePublication(5), key);
    for (const publication of [samplePublication(5, 'two'), samplePublication(4)]) {
      await assert.rejects(publish(store, publication, key), { code: 'E_ROLLBACK' });
    }
    assert.equal((await readPointer(store)).revision, 5);
  });

  test('is not blocked by a pointer that anybody wrote', async () => {
    const store = new MemoryStore();
    const foreign = await publish(new MemoryStore(), samplePublication(99), await newKey());
    for (const pointer of ['junk', `{"manifest":"${foreign.address}","revision":99}`]) {
      await store.put('pointer', new TextEncoder().encode(pointer));
      await publish(store, samplePublication(1), key);
      assert.equal((await readPointer(store)).revision, 1);
    }
  });

  test('lets one of two publishers win where the store can swap', async () => {
    const store = new MemoryStore();
    const labels = ['one', 'two'];
    const results = await Promise.allSettled(
      labels.map((label) => publish(store, samplePublication(1, label), key)),
    );
    assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
  });

  test('writes nothing that readers would refuse', async () => {
    const store = new PlainStore();
    const snapshot = sampleSnapshot();
    const wrong: readonly Snapshot[][] = [
      [{ ...snapshot, clusters: [] }],
      [snapshot, sampleSnapshot('two')],
      [{ ...snapshot, trustDomain: 'x'.repeat(10_000) }],
    ];
    for (const snapshots of wrong) {
      await assert.rejects(publish(store, { ...samplePublication(1), snapshots }, key), { code: 'E_FORMAT' });
    }
    assert.deepEqual(store.written, []);
  });
});
