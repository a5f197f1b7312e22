import assert from 'node:assert/strict';
import { before, beforeEach, describe, test } from 'node:test';
import { CompactSign } from 'jose';
import type { Store } from '../../src/runtime/ports.ts';
import { MemoryStore } from '../../src/runtime/store/memory.ts';
import { canonicalBytes } from '../../src/snapshot/canonical-bytes.ts';
import { contentAddress } from '../../src/snapshot/content-address.ts';
import { signEndpointRecord } from '../../src/snapshot/endpoint-record.ts';
import { type Manifest, signManifest } from '../../src/snapshot/manifest.ts';
import { publish } from '../../src/snapshot/publish.ts';
import type { SigningKey } from '../../src/snapshot/signing-key.ts';
import { Subscriber, type SubscriberOptions } from '../../src/snapshot/subscribe.ts';
import { newKey, ratings, samplePublication, sampleRecord, sampleSnapshot } from '../support/publication.ts';

const target = 'sidecar/default/reviews-v1';
let key: SigningKey;
let stranger: SigningKey;
let store: MemoryStore;

before(async () => {
  [key, stranger] = [await newKey(), await newKey()];
});
beforeEach(() => {
  store = new MemoryStore();
});

/** A subscriber and everything it told. */
class Reader {
  readonly told: string[] = [];
  readonly rejected: string[] = [];
  readonly subscriber: Subscriber;

  constructor(options: Partial<SubscriberOptions> = {}) {
    this.subscriber = new Subscriber({
      store,
      mesh: 'bookinfo',
      keys: [key],
      target,
      minimumRevision: 1,
      onSnapshot: (snapshot, revision) =>
        this.told.push(`${revision} ${snapshot.outbound[0]?.virtualHosts[0]?.routes[0]?.name}`),
      onEndpoints: (record) => this.told.push(`endpoints ${record.sequence}`),
      onReject: (code) => this.rejected.push(code),
      ...options,
    });
  }
}

/** A reader that has revision 5 in force. */
async function readerAtFive(options: Partial<SubscriberOptions> = {}): Promise<Reader> {
  await publish(store, samplePublication(5, 'five'), key);
  const reader = new Reader(options);
  assert.equal(await reader.subscriber.refresh(), 'updated');
  assert.deepEqual(reader.told, ['5 five']);
  return reader;
}

/** Refreshes twice: the same thing is refused both times, reported once, and nothing changes. */
async function keepsLastKnownGood(reader: Reader, code: string): Promise<void> {
  assert.equal(await reader.subscriber.refresh(), 'rejected');
  assert.equal(await reader.subscriber.refresh(), 'rejected');
  assert.deepEqual(reader.rejected, [code]);
  assert.deepEqual(reader.told, ['5 five']);
  assert.equal(reader.subscriber.revision, 5);
}

async function point(manifest: string, revision: number): Promise<void> {
  await store.put('pointer', canonicalBytes({ manifest, revision }));
}

/** Stores any bytes as the manifest of revision 6. */
async function plant(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const address = await contentAddress(bytes);
  await store.put(`manifest/${address}`, bytes);
  await point(address, 6);
}

/** Signs a manifest whose only blob is `bytes`. */
async function plantBlob(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const reference = { blob: await contentAddress(bytes), size: bytes.length };
  await store.put(`blob/${reference.blob}`, bytes);
  await plant(await signManifest(sixthManifest(reference), key));
}

function sixthManifest(reference: Manifest['sources']): Manifest {
  const { mesh } = samplePublication(6);
  const targets = [[target, reference]] as const;
  return { format: 1, mesh, revision: 6, created: 1, expires: 2, minReader: 1, targets, sources: reference };
}

describe('a subscriber', () => {
  test('activates each publication once', async () => {
    const reader = await readerAtFive();
    assert.equal(await reader.subscriber.refresh(), 'current');
    await publish(store, samplePublication(6, 'six'), key);
    assert.equal(await reader.subscriber.refresh(), 'updated');
    assert.deepEqual(reader.told, ['5 five', '6 six']);
    assert.equal(reader.subscriber.manifest?.expires, 2000);
    assert.deepEqual(reader.rejected, []);
  });

  test('accepts a rollback that is a new revision', async () => {
    const reader = await readerAtFive();
    await publish(store, samplePublication(6, 'six'), key);
    await reader.subscriber.refresh();
    await publish(store, samplePublication(7, 'five'), key);
    await reader.subscriber.refresh();
    assert.deepEqual(reader.told, ['5 five', '6 six', '7 five']);
  });

  test('accepts either of two pinned keys', async () => {
    const reader = await readerAtFive({ keys: [key, stranger] });
    await publish(store, samplePublication(6, 'six'), stranger);
    assert.equal(await reader.subscriber.refresh(), 'updated');
  });

  test('has nothing when nothing is published, and says so once', async () => {
    const reader = new Reader();
    assert.equal(await reader.subscriber.refresh(), 'rejected');
    assert.equal(await reader.subscriber.refresh(), 'rejected');
    assert.deepEqual([reader.told, reader.rejected, reader.subscriber.revision], [[], ['E_MISSING'], 0]);
  });

  test('overlapping refreshes never let an older result win', async () => {
    await publish(store, samplePublication(5, 'five'), key);
    const gate = Promise.withResolvers<void>();
    const slowOnce: SubscriberOptions['store'] = {
      async get(name) {
        const value = await store.get(name);
        if (name.startsWith('blob/') && !passed) {
          passed = true;
          await gate.promise;
        }
        return value;
      },
    };
    let passed = false;
    const reader = new Reader({ store: slowOnce });
    const slow = reader.subscriber.refresh();
    while (!passed) await new Promise(setImmediate);
    await publish(store, samplePublication(6, 'six'), key);
    assert.equal(await reader.subscriber.refresh(), 'updated');
    gate.resolve();
    assert.equal(await slow, 'current');
    assert.deepEqual(reader.told, ['6 six']);
  });
});

describe('a subscriber keeps its last known good when', () => {
  test('C1 the store fails, each outage reported once', async () => {
    let down = false;
    const flaky = { get: (name: string) => (down ? Promise.reject(new Error('down')) : store.get(name)) };
    const reader = await readerAtFive({ store: flaky });
    down = true;
    await keepsLastKnownGood(reader, 'E_STORE');
    down = false;
    assert.equal(await reader.subscriber.refresh(), 'current');
    down = true;
    await reader.subscriber.refresh();
    assert.deepEqual(reader.rejected, ['E_STORE', 'E_STORE']);
  });

  test('C3 the pointer is visible before the blob, and converges when it comes', async () => {
    const reader = await readerAtFive();
    const { manifest } = await publish(store, samplePublication(6, 'six'), key);
    const name = `blob/${manifest.targets[0]?.[1].blob}`;
    const blob = await store.get(name);
    assert.ok(blob);
    await store.delete(name);
    await keepsLastKnownGood(reader, 'E_MISSING');
    await store.put(name, blob);
    assert.equal(await reader.subscriber.refresh(), 'updated');
    assert.deepEqual(reader.told, ['5 five', '6 six']);
  });

  test('C3 the pointer is visible before the manifest', async () => {
    const reader = await readerAtFive();
    await point('0'.repeat(64), 6);
    await keepsLastKnownGood(reader, 'E_MISSING');
  });

  test('C4 the pointer flips between revisions', async () => {
    await publish(store, samplePublication(4, 'four'), key);
    const older = await store.get('pointer');
    const reader = await readerAtFive();
    const newer = await store.get('pointer');
    assert.ok(older && newer);
    for (let round = 0; round < 5; round++) {
      await store.put('pointer', older);
      assert.equal(await reader.subscriber.refresh(), 'rejected');
      await store.put('pointer', newer);
      assert.equal(await reader.subscriber.refresh(), 'current');
    }
    assert.deepEqual([reader.told, reader.rejected], [['5 five'], ['E_ROLLBACK']]);
  });

  test('C5 one bit of the blob is flipped, or it is cut', async () => {
    const reader = await readerAtFive();
    const { manifest } = await publish(store, samplePublication(6, 'six'), key);
    const name = `blob/${manifest.targets[0]?.[1].blob}`;
    const blob = (await store.get(name)) ?? new Uint8Array();
    await store.put(name, blob.with(100, (blob[100] ?? 0) ^ 1));
    await keepsLastKnownGood(reader, 'E_HASH');
    await store.put(name, blob.slice(0, -1));
    assert.equal(await reader.subscriber.refresh(), 'rejected');
    assert.deepEqual(reader.rejected, ['E_HASH', 'E_HASH']);
  });

  test('C5 the manifest is not the one that the pointer names', async () => {
    const reader = await readerAtFive();
    const { address } = await publish(store, samplePublication(6, 'six'), key);
    const other = await signManifest(sixthManifest({ blob: '1'.repeat(64), size: 1 }), key);
    await store.put(`manifest/${address}`, other);
    await keepsLastKnownGood(reader, 'E_HASH');
  });

  test('C6 the manifest is signed by another key', async () => {
    const reader = await readerAtFive();
    await publish(store, samplePublication(6, 'six'), stranger);
    await keepsLastKnownGood(reader, 'E_SIG');
  });

  test('C6 the manifest is not signed', async () => {
    const reader = await readerAtFive();
    await plant(canonicalBytes(sixthManifest({ blob: '1'.repeat(64), size: 1 })));
    await keepsLastKnownGood(reader, 'E_SIG');
  });

  test('C6 the manifest was changed after signing', async () => {
    const reader = await readerAtFive();
    const bytes = await signManifest(sixthManifest({ blob: '1'.repeat(64), size: 1 }), key);
    await plant(bytes.with(200, bytes[200] === 65 ? 66 : 65));
    await keepsLastKnownGood(reader, 'E_SIG');
  });

  test('C6 the manifest is of another mesh', async () => {
    const reader = await readerAtFive();
    await publish(store, { ...samplePublication(6, 'six'), mesh: 'other' }, key);
    await keepsLastKnownGood(reader, 'E_MESH');
  });

  test('C7 an older signed manifest is replayed', async () => {
    const fourth = await publish(store, samplePublication(4, 'four'), key);
    const reader = await readerAtFive();
    await point(fourth.address, 4);
    await keepsLastKnownGood(reader, 'E_ROLLBACK');
  });

  test('C7 an older signed manifest is replayed under a newer pointer', async () => {
    const fourth = await publish(store, samplePublication(4, 'four'), key);
    const reader = await readerAtFive();
    await point(fourth.address, 6);
    await keepsLastKnownGood(reader, 'E_FORMAT');
  });

  test('C7 another manifest claims the revision in force', async () => {
    const reader = await readerAtFive();
    await store.delete('pointer');
    await publish(store, samplePublication(5, 'other five'), key);
    await keepsLastKnownGood(reader, 'E_ROLLBACK');
  });

  test('C7 a fresh reader is offered less than its bootstrap minimum', async () => {
    await publish(store, samplePublication(5, 'five'), key);
    const reader = new Reader({ minimumRevision: 6 });
    assert.equal(await reader.subscriber.refresh(), 'rejected');
    assert.deepEqual([reader.told, reader.rejected], [[], ['E_ROLLBACK']]);
  });

  test('C9 the pointer, the manifest or the blob is too large', async () => {
    const reader = await readerAtFive();
    await store.put('pointer', new Uint8Array(2000));
    await reader.subscriber.refresh();
    await plant(new Uint8Array(20 * 1024 * 1024));
    await reader.subscriber.refresh();
    const { manifest } = await publish(store, samplePublication(7, 'seven'), key);
    await store.put(`blob/${manifest.targets[0]?.[1].blob}`, new Uint8Array(17 * 1024 * 1024));
    await reader.subscriber.refresh();
    assert.deepEqual(reader.rejected, ['E_SIZE', 'E_SIZE', 'E_SIZE']);
    assert.equal(reader.subscriber.revision, 5);
  });

  test('C9 the signed blob is nested 5000 deep', async () => {
    const reader = await readerAtFive();
    await plantBlob(new TextEncoder().encode('['.repeat(5000) + ']'.repeat(5000)));
    await keepsLastKnownGood(reader, 'E_FORMAT');
  });

  test('C9 the signed blob repeats a member', async () => {
    const reader = await readerAtFive();
    const text = new TextDecoder().decode(canonicalBytes(sampleSnapshot('six')));
    await plantBlob(new TextEncoder().encode(text.replace('"format":1', '"format":1,"format":1')));
    await keepsLastKnownGood(reader, 'E_FORMAT');
  });

  test('the signed blob is the snapshot of another target', async () => {
    const reader = await readerAtFive();
    const snapshot = sampleSnapshot('six');
    await plantBlob(canonicalBytes({ ...snapshot, target: { ...snapshot.target, name: 'ratings-v1' } }));
    await keepsLastKnownGood(reader, 'E_FORMAT');
  });

  test('C10 the manifest wants a newer reader', async () => {
    const reader = await readerAtFive();
    const header = { alg: 'EdDSA', kid: key.thumbprint, typ: 'weft-manifest+json' };
    const manifest = { ...sixthManifest({ blob: '1'.repeat(64), size: 1 }), minReader: 4 };
    const jws = await new CompactSign(canonicalBytes(manifest))
      .setProtectedHeader(header)
      .sign(key.privateKey);
    await plant(new TextEncoder().encode(jws));
    await keepsLastKnownGood(reader, 'E_READER_OLD');
  });

  test('C10 the snapshot has a newer format', async () => {
    const reader = await readerAtFive();
    await plantBlob(canonicalBytes({ ...sampleSnapshot('six'), format: 2 }));
    await keepsLastKnownGood(reader, 'E_READER_OLD');
  });

  test('C11 the snapshot fails the self-test', async () => {
    const selfTest = ({ outbound }: { outbound: readonly unknown[] }): void => {
      if (outbound.length === 0) throw new Error('no listener');
    };
    const reader = await readerAtFive({ selfTest });
    const snapshots = [{ ...sampleSnapshot(), outbound: [] }];
    await publish(store, { ...samplePublication(6), snapshots }, key);
    await keepsLastKnownGood(reader, 'E_SELFTEST');
  });

  test('the target is no longer in the manifest', async () => {
    const reader = await readerAtFive();
    await publish(store, { ...samplePublication(6), snapshots: [] }, key);
    await keepsLastKnownGood(reader, 'E_MISSING');
  });

  test('the pointer is not canonical JSON', async () => {
    const reader = await readerAtFive();
    await store.put('pointer', new TextEncoder().encode('{"revision":6, "manifest":"x"}'));
    await keepsLastKnownGood(reader, 'E_FORMAT');
  });
});

describe('endpoint records', () => {
  const put = async (sequence: number, by = key, service = ratings): Promise<void> =>
    store.put(`endpoints/${ratings}`, await signEndpointRecord(sampleRecord(sequence, service), by));

  test('are told after the snapshot that names their service, and on each change', async () => {
    await publish(store, samplePublication(5, 'five'), key);
    await put(1);
    const reader = new Reader();
    await reader.subscriber.refresh();
    assert.equal(await reader.subscriber.refresh(), 'current');
    await put(2);
    assert.equal(await reader.subscriber.refresh(), 'updated');
    assert.deepEqual(reader.told, ['5 five', 'endpoints 1', 'endpoints 2']);
    assert.deepEqual(reader.rejected, []);
  });

  test('of other services are not even read', async () => {
    const asked: string[] = [];
    const watched = {
      get(name: string) {
        asked.push(name);
        return store.get(name);
      },
    };
    await readerAtFive({ store: watched });
    assert.deepEqual(
      asked.filter((name) => name.startsWith('endpoints/')),
      [`endpoints/${ratings}`],
    );
  });

  test('never go back, and are never replaced under the same sequence', async () => {
    const reader = await readerAtFive();
    await put(3);
    await reader.subscriber.refresh();
    await put(2);
    assert.equal(await reader.subscriber.refresh(), 'rejected');
    const endpoints = sampleRecord(9).endpoints;
    await store.put(`endpoints/${ratings}`, await signEndpointRecord({ ...sampleRecord(3), endpoints }, key));
    assert.equal(await reader.subscriber.refresh(), 'rejected');
    assert.deepEqual(reader.told, ['5 five', 'endpoints 3']);
    assert.deepEqual(reader.rejected, ['E_ROLLBACK', 'E_ROLLBACK']);
  });

  test('by another key or of another service are refused and do not hold up the snapshot', async () => {
    const reader = await readerAtFive();
    await put(1, stranger);
    await publish(store, samplePublication(6, 'six'), key);
    assert.equal(await reader.subscriber.refresh(), 'updated');
    await put(1, key, 'other.default.svc.cluster.local');
    assert.equal(await reader.subscriber.refresh(), 'rejected');
    assert.deepEqual(reader.told, ['5 five', '6 six']);
    assert.deepEqual(reader.rejected, ['E_SIG', 'E_FORMAT']);
  });

  test('are told again when a snapshot names their service again', async () => {
    const reader = await readerAtFive();
    await put(2);
    await reader.subscriber.refresh();
    const [inbound] = sampleSnapshot().clusters;
    assert.ok(inbound);
    const without = { ...sampleSnapshot(), outbound: [], clusters: [inbound] };
    await publish(store, { ...samplePublication(6), snapshots: [without] }, key);
    await reader.subscriber.refresh();
    await publish(store, samplePublication(7, 'seven'), key);
    await reader.subscriber.refresh();
    assert.deepEqual(reader.told, ['5 five', 'endpoints 2', '6 undefined', '7 seven', 'endpoints 2']);
  });
});

describe('last known good', () => {
  const nowhere = { get: () => Promise.reject(new Error('down')) };

  test('C2 is restored when the store is down at the start', async () => {
    const lastKnownGood = new MemoryStore();
    await store.put(`endpoints/${ratings}`, await signEndpointRecord(sampleRecord(4), key));
    await publish(store, samplePublication(5, 'five'), key);
    await new Reader({ lastKnownGood }).subscriber.refresh();
    const reader = new Reader({ store: nowhere, lastKnownGood });
    assert.equal(await reader.subscriber.restore(), 'updated');
    assert.equal(await reader.subscriber.refresh(), 'rejected');
    assert.deepEqual(reader.told, ['5 five', 'endpoints 4']);
  });

  test('that was never kept is no refusal, and a store that is away is asked for nothing more', async () => {
    const reader = new Reader({ lastKnownGood: new MemoryStore() });
    assert.equal(await reader.subscriber.restore(), 'current');
    assert.deepEqual(reader.rejected, []);
    const asked: string[] = [];
    const away = {
      get: (name: string) => {
        asked.push(name);
        return Promise.reject(new Error('down'));
      },
    };
    const lastKnownGood = new MemoryStore();
    await publish(store, samplePublication(5, 'five'), key);
    await new Reader({ lastKnownGood }).subscriber.refresh();
    const restored = new Reader({ store: away, lastKnownGood });
    await restored.subscriber.restore();
    assert.equal(await restored.subscriber.refresh(), 'rejected');
    assert.deepEqual(asked, ['pointer']);
  });

  test('C7 keeps an older publication out after a restart', async () => {
    const lastKnownGood = new MemoryStore();
    const fourth = await publish(store, samplePublication(4, 'four'), key);
    await publish(store, samplePublication(5, 'five'), key);
    await new Reader({ lastKnownGood }).subscriber.refresh();
    await point(fourth.address, 4);
    const reader = new Reader({ lastKnownGood });
    await reader.subscriber.restore();
    assert.equal(await reader.subscriber.refresh(), 'rejected');
    assert.deepEqual([reader.told, reader.rejected], [['5 five'], ['E_ROLLBACK']]);
  });

  test('is verified like the store', async () => {
    const lastKnownGood = new MemoryStore();
    await publish(lastKnownGood, samplePublication(5, 'five'), stranger);
    const reader = new Reader({ lastKnownGood });
    assert.equal(await reader.subscriber.restore(), 'rejected');
    assert.deepEqual([reader.told, reader.rejected], [[], ['E_SIG']]);
  });

  test('holds one publication, however many there were', async () => {
    const lastKnownGood = new MemoryStore();
    const reader = new Reader({ lastKnownGood });
    for (const revision of [1, 2, 3]) {
      await publish(store, samplePublication(revision, `r${revision}`), key);
      await reader.subscriber.refresh();
    }
    const kinds = (await lastKnownGood.list('')).map((name) => name.replace(/\/.*/, ''));
    assert.deepEqual(kinds, ['blob', 'manifest', 'pointer']);
  });

  test('that cannot be written does not hold up the snapshot', async () => {
    const full: Store = Object.assign(new MemoryStore(), { put: () => Promise.reject(new Error('full')) });
    const reader = await readerAtFive({ lastKnownGood: full });
    assert.equal(reader.rejected.length, 1);
  });
});
