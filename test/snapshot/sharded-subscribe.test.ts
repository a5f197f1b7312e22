import assert from 'node:assert/strict';
import { before, beforeEach, describe, test } from 'node:test';
import type { ReadStore } from '../../src/runtime/ports.ts';
import { MemoryStore } from '../../src/runtime/store/memory.ts';
import { canonicalBytes } from '../../src/snapshot/canonical-bytes.ts';
import { signEndpointRecord } from '../../src/snapshot/endpoint-record.ts';
import type { Manifest } from '../../src/snapshot/manifest.ts';
import { publish } from '../../src/snapshot/publish.ts';
import { readSnapshot, shardsOf } from '../../src/snapshot/read-publication.ts';
import { ShardMap } from '../../src/snapshot/shard-index.ts';
import type { SigningKey } from '../../src/snapshot/signing-key.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import { blobKey, endpointsKey, pointerKey } from '../../src/snapshot/store-key.ts';
import { targetName } from '../../src/snapshot/target.ts';
import { newKey, sampleRecord } from '../support/publication.ts';
import { manyHosts, manyHostsPublication, ShardedGateway } from '../support/sharded-gateway.ts';

const target = targetName(manyHosts(0).target);
const count = 1200;
let key: SigningKey;
let store: SpiedStore;

before(async () => {
  key = await newKey();
});
beforeEach(() => {
  store = new SpiedStore();
});

/** A store in memory that counts what is read, may hold a read back, and may fail. */
class SpiedStore extends MemoryStore {
  reads: string[] = [];
  away = false;
  held: Promise<void> | undefined;

  override async get(key: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    this.reads.push(key);
    if (this.away) throw new Error('away');
    if (key.startsWith('blob/')) await this.held;
    return super.get(key);
  }
}

async function put(snapshot: Snapshot, revision: number): Promise<Manifest> {
  const { manifest } = await publish(store, manyHostsPublication(revision, snapshot), key);
  store.reads = [];
  return manifest;
}

function mapOf(manifest: Manifest): ShardMap {
  const parts = shardsOf(manifest, target);
  assert.ok(parts);
  return new ShardMap(parts.index);
}

const shardKey = (manifest: Manifest, domain: string): string => {
  const map = mapOf(manifest);
  return blobKey(map.address(map.shardOf(domain)));
};

/** A host of another shard than `host`. */
function elsewhere(manifest: Manifest, host: string): string {
  const map = mapOf(manifest);
  const found = Array.from({ length: count }, (_, i) => `h${i}.test`).find(
    (one) => map.shardOf(one) !== map.shardOf(host),
  );
  assert.ok(found);
  return found;
}

describe('a gateway of a sharded snapshot', () => {
  test('reads the pointer, the manifest and one shard for the first request, then the endpoints', async () => {
    await put(manyHosts(count), 1);
    const gateway = new ShardedGateway(store, key);
    assert.equal(await gateway.route('h7.test'), 'h7.test one');
    assert.deepEqual(
      store.reads.map((read) => read.split('/')[0]),
      ['pointer', 'manifest', 'blob', 'endpoints'],
    );
    store.reads = [];
    assert.equal(await gateway.route('h7.test'), 'h7.test one');
    assert.deepEqual(store.reads, []);
  });

  test('knows hosts without a virtual host by its filter, and answers 404 where that lets one pass', async () => {
    const manifest = await put(manyHosts(count), 1);
    const map = mapOf(manifest);
    const gateway = new ShardedGateway(store, key);
    await gateway.subscriber.refresh();
    store.reads = [];
    const strangers = Array.from({ length: 2000 }, (_, i) => `stranger-${i}.test`);
    const passing = strangers.filter((host) => map.locate(host, 0, false) >= 0);
    assert.ok(passing.length > 0 && passing.length < 40, `${passing.length} of 2000 pass`);
    for (const host of strangers) assert.equal(await gateway.route(host), '404');
    const shards = new Set(passing.map((host) => map.locate(host, 0, false)));
    assert.equal(store.reads.length, shards.size);
  });

  test('finds wildcards in their shard, and names before them', async () => {
    await put(manyHosts(count), 1);
    const gateway = new ShardedGateway(store, key);
    assert.equal(await gateway.route('a.b.wild.test'), '*.wild.test one');
    assert.equal(await gateway.route('wild.test'), '404');
    assert.equal(await gateway.route('h9.test'), 'h9.test one');
  });

  const tampered: readonly (readonly [
    string,
    string,
    (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>,
  ])[] = [
    ['one byte is another', 'E_HASH', (bytes) => bytes.with(bytes.length - 9, 0x20)],
    ['it is cut short', 'E_HASH', (bytes) => bytes.slice(0, bytes.length / 2)],
    ['it is empty', 'E_HASH', () => new Uint8Array()],
    ['it grew beyond the limit', 'E_SIZE', () => new Uint8Array(5 * 1024 * 1024)],
    ['it is another valid shard', 'E_HASH', () => canonicalBytes({ clusters: [], format: 1, hosts: [] })],
  ];
  for (const [name, code, change] of tampered) {
    test(`refuses a shard when ${name}, and goes on with the others`, async () => {
      const manifest = await put(manyHosts(count), 1);
      const place = shardKey(manifest, 'h7.test');
      const bytes = await store.get(place);
      await store.put(place, change(bytes ?? new Uint8Array()));
      const gateway = new ShardedGateway(store, key);
      assert.equal(await gateway.route('h7.test'), '503');
      assert.deepEqual(gateway.refused, [code]);
      const other = elsewhere(manifest, 'h7.test');
      assert.equal(await gateway.route(other), `${other} one`);
      await store.put(place, bytes ?? new Uint8Array());
      assert.equal(await gateway.route('h7.test'), 'h7.test one', 'healed');
    });
  }

  test('answers 503 for the hosts of a missing shard alone', async () => {
    const manifest = await put(manyHosts(count), 1);
    await store.delete(shardKey(manifest, 'h7.test'));
    const gateway = new ShardedGateway(store, key);
    assert.equal(await gateway.route('h7.test'), '503');
    const other = elsewhere(manifest, 'h7.test');
    assert.equal(await gateway.route(other), `${other} one`);
    assert.deepEqual(gateway.refused, ['E_MISSING']);
  });

  test('keeps what is loaded while the store is away', async () => {
    const manifest = await put(manyHosts(count), 1);
    const gateway = new ShardedGateway(store, key);
    await gateway.route('h7.test');
    store.away = true;
    await gateway.subscriber.refresh();
    assert.equal(await gateway.route('h7.test'), 'h7.test one');
    assert.equal(await gateway.route(elsewhere(manifest, 'h7.test')), '503');
  });

  test('reads a shard once for requests that come together', async () => {
    await put(manyHosts(count), 1);
    const gateway = new ShardedGateway(store, key);
    await gateway.subscriber.refresh();
    store.reads = [];
    const routes = await Promise.all(Array.from({ length: 20 }, () => gateway.route('h7.test')));
    assert.deepEqual(new Set(routes), new Set(['h7.test one']));
    assert.equal(store.reads.filter((read) => read.startsWith('blob/')).length, 1);
  });

  test('brings the shards in use along with a new snapshot', async () => {
    await put(manyHosts(count), 1);
    const gateway = new ShardedGateway(store, key);
    await gateway.route('h7.test');
    const manifest = await put(manyHosts(count, 'two'), 2);
    assert.equal(await gateway.subscriber.refresh(), 'updated');
    assert.ok(store.reads.includes(shardKey(manifest, 'h7.test')));
    store.away = true;
    assert.equal(await gateway.route('h7.test'), 'h7.test two');
  });

  test('keeps the last known good when a shard in use cannot be had of the new one', async () => {
    await put(manyHosts(count), 1);
    const gateway = new ShardedGateway(store, key);
    await gateway.route('h7.test');
    const manifest = await put(manyHosts(count, 'two'), 2);
    const place = shardKey(manifest, 'h7.test');
    const bytes = await store.get(place);
    await store.delete(place);
    assert.equal(await gateway.subscriber.refresh(), 'rejected');
    assert.equal(await gateway.route('h7.test'), 'h7.test one');
    assert.equal(gateway.subscriber.revision, 1);
    await store.put(place, bytes ?? new Uint8Array());
    assert.equal(await gateway.subscriber.refresh(), 'updated');
    assert.equal(await gateway.route('h7.test'), 'h7.test two');
  });

  test('takes over a shard that did not change without reading it again', async () => {
    const before = manyHosts(count);
    await put(before, 1);
    const gateway = new ShardedGateway(store, key);
    await gateway.route('h7.test');
    const other = elsewhere(await put(manyHosts(count), 2), 'h7.test');
    const { gateway: listener } = before;
    assert.ok(listener);
    const virtualHosts = listener.virtualHosts.filter(({ name }) => name !== other);
    const manifest = await put({ ...before, gateway: { ...listener, virtualHosts } }, 3);
    assert.equal(await gateway.subscriber.refresh(), 'updated');
    assert.ok(!store.reads.includes(shardKey(manifest, 'h7.test')));
    store.away = true;
    assert.equal(await gateway.route('h7.test'), 'h7.test one');
    assert.equal(await gateway.route(other), '404');
  });

  test('decides by the snapshot in force when a new one comes while a shard is read', async () => {
    await put(manyHosts(count), 1);
    const gateway = new ShardedGateway(store, key);
    await gateway.subscriber.refresh();
    const { promise, resolve } = Promise.withResolvers<void>();
    store.held = promise;
    const asked = gateway.route('h7.test');
    store.held = undefined;
    await put(manyHosts(count, 'two'), 2);
    assert.equal(await gateway.subscriber.refresh(), 'updated');
    resolve();
    assert.equal(await asked, 'h7.test two');
    assert.deepEqual(gateway.refused, []);
  });

  test('starts from its own store without the mesh store, with the shards that it had', async () => {
    const own = new MemoryStore();
    const manifest = await put(manyHosts(count), 1);
    const gateway = new ShardedGateway(store, key, own);
    await gateway.route('h7.test');
    const away: ReadStore = { get: () => Promise.reject(new Error('away')) };
    const restarted = new ShardedGateway(away, key, own);
    assert.equal(await restarted.subscriber.restore(), 'updated');
    assert.equal(await restarted.route('h7.test'), 'h7.test one');
    assert.equal(await restarted.route(elsewhere(manifest, 'h7.test')), '503');
  });

  test('believes its own store as little as the mesh store', async () => {
    const own = new MemoryStore();
    const manifest = await put(manyHosts(count), 1);
    await new ShardedGateway(store, key, own).route('h7.test');
    await own.put(shardKey(manifest, 'h7.test'), canonicalBytes({ clusters: [], format: 1, hosts: [] }));
    const restarted = new ShardedGateway({ get: () => Promise.reject(new Error('away')) }, key, own);
    await restarted.subscriber.restore();
    assert.equal(await restarted.route('h7.test'), '503');
  });

  test('drops shards of its own store that the new publication does not name', async () => {
    const own = new MemoryStore();
    const first = await put(manyHosts(count), 1);
    const gateway = new ShardedGateway(store, key, own);
    await gateway.route('h7.test');
    const second = await put(manyHosts(count, 'two'), 2);
    await gateway.subscriber.refresh();
    assert.equal(await own.get(shardKey(first, 'h7.test')), undefined);
    assert.ok(await own.get(shardKey(second, 'h7.test')));
  });

  test('keeps the endpoints of the hosts in use up to date, and reads no others', async () => {
    await put(manyHosts(count), 1);
    const service = 's7.default.svc.cluster.local';
    const tell = async (sequence: number) =>
      store.put(endpointsKey(service), await signEndpointRecord(sampleRecord(sequence, service), key));
    await tell(1);
    const gateway = new ShardedGateway(store, key);
    await gateway.route('h7.test');
    assert.deepEqual(gateway.told, [service]);
    await tell(2);
    store.reads = [];
    assert.equal(await gateway.subscriber.refresh(), 'updated');
    assert.deepEqual(store.reads, [pointerKey, endpointsKey(service)]);
    assert.deepEqual(gateway.told, [service, service]);
  });
});

describe('a sharded publication', () => {
  test('reads back as the whole snapshot', async () => {
    const snapshot = manyHosts(count);
    const manifest = await put(snapshot, 1);
    assert.equal(manifest.minReader, 2);
    const whole = await readSnapshot(store, manifest, target);
    const sorted = <T extends { readonly name: string }>(list: readonly T[] = []) =>
      [...list].sort((a, b) => (a.name < b.name ? -1 : 1));
    assert.deepEqual(whole.clusters, sorted(snapshot.clusters));
    assert.deepEqual(whole.gateway?.virtualHosts, sorted(snapshot.gateway?.virtualHosts));
  });

  test('changes only the shards whose hosts changed', async () => {
    const before = mapOf(await put(manyHosts(count), 1));
    const snapshot = manyHosts(count);
    const [first, ...rest] = snapshot.gateway?.virtualHosts ?? [];
    assert.ok(first && snapshot.gateway);
    const gateway = { ...snapshot.gateway, virtualHosts: [{ ...first, routes: [] }, ...rest] };
    const after = mapOf(await put({ ...snapshot, gateway }, 2));
    const differing = Array.from({ length: before.count }, (_, i) => i).filter(
      (i) => before.address(i) !== after.address(i),
    );
    assert.deepEqual(differing, [before.shardOf('h0.test')]);
  });

  test('stays whole below the threshold', async () => {
    const manifest = await put(manyHosts(900), 1);
    assert.equal(manifest.sharded, undefined);
    assert.equal(manifest.minReader, 1);
  });
});
