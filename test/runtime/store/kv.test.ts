import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { KvStore } from '../../../src/runtime/store/kv.ts';
import { WranglerKv } from '../../../src/runtime/store/wrangler-kv.ts';
import { publicationEntries } from '../../../src/snapshot/publish.ts';
import { Subscriber } from '../../../src/snapshot/subscribe.ts';
import { newKey, samplePublication } from '../../support/publication.ts';
import { storeCases } from '../../support/store-suite.ts';
import { startWorkerdKv, type WorkerdKv } from '../../support/workerd-kv.ts';

const encoder = new TextEncoder();

describe('the KV store in workerd', () => {
  let workerd: WorkerdKv;
  before(async () => {
    process.env.WRANGLER_SEND_METRICS = 'false';
    workerd = await startWorkerdKv();
  });
  after(() => workerd.close());

  for (const { name, run } of storeCases) {
    test(name, async () => {
      const store = new KvStore(workerd.namespace);
      for (const key of await store.list('')) await store.delete(key);
      await run(store);
    });
  }

  test('lists more keys than one page holds, and reads the bytes and text that wrangler writes', async () => {
    const { config, persistTo, namespace } = workerd;
    const store = new KvStore(namespace, { cacheTtl: 60 });
    const keys = Array.from({ length: 1100 }, (_, index) => `page/${String(index).padStart(4, '0')}`);
    const binary = Uint8Array.from({ length: 256 }, (_, index) => 255 - index);
    const entries = keys.map((key) => ({ key, value: encoder.encode(`text of ${key}`) }));
    await new WranglerKv({ config, persistTo }).putAll([...entries, { key: 'binary', value: binary }]);
    assert.deepEqual(await store.list('page/'), keys);
    assert.deepEqual(await store.get('page/1099'), encoder.encode('text of page/1099'));
    assert.deepEqual(await store.get('binary'), binary);
  });

  test('carries a publication from wrangler to a subscriber', async () => {
    const { config, persistTo, namespace } = workerd;
    const key = await newKey();
    const told: string[] = [];
    const subscriber = new Subscriber({
      store: new KvStore(namespace),
      mesh: 'bookinfo',
      keys: [key],
      target: 'sidecar/default/reviews-v1',
      minimumRevision: 1,
      onSnapshot: (_, revision) => told.push(`activated ${revision}`),
      onEndpoints: () => told.push('endpoints'),
      onReject: (code) => told.push(code),
    });
    const writer = new WranglerKv({ config, persistTo });
    const batches = await publicationEntries(samplePublication(1), key);
    await Promise.all(batches.map((batch) => writer.putAll(batch)));
    assert.equal(await subscriber.refresh(), 'updated');
    assert.deepEqual(told, ['activated 1']);
  });

  test('reports the end of what wrangler said when it fails, and goes on with the next call', async () => {
    const { config, persistTo } = workerd;
    const entry = { key: 'key', value: encoder.encode('x') };
    const wrong = new WranglerKv({ config, persistTo, binding: 'ABSENT' });
    await assert.rejects(wrong.putAll([entry]), /ended with 1: .*ABSENT/s);
    await wrong.putAll([]);
  });
});
