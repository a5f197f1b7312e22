import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { ConfigurationFeed } from '../../src/proxy/configuration-feed.ts';
import type { ProxyCore } from '../../src/proxy/proxy-core.ts';
import { MemoryStore } from '../../src/runtime/store/memory.ts';
import { publish } from '../../src/snapshot/publish.ts';
import {
  generateSigningJwk,
  importSigningKey,
  type PublicJwk,
  publicJwk,
  type SigningKey,
} from '../../src/snapshot/signing-key.ts';
import { RememberedLog } from '../support/control-parts.ts';
import { testPorts } from '../support/identity-mesh.ts';
import { samplePublication } from '../support/publication.ts';
import { ManualClock } from '../support/scripted-transport.ts';
import { until } from '../support/until.ts';

/** Takes every configuration; what it does with them is another test's. */
const core = {
  activate: () => undefined,
  reject: () => undefined,
  state: { endpoints: { update: () => undefined } },
} as unknown as ProxyCore;

describe('the configuration of a proxy', () => {
  let key: SigningKey;
  let jwk: PublicJwk;
  before(async () => {
    const made = await generateSigningJwk();
    [key, jwk] = [await importSigningKey(made), publicJwk(made)];
  });

  /** Of a proxy that `held` says has a trust record, with the sequences that were wanted of it. */
  async function scene(trustSequence: number | undefined, held: boolean) {
    const store = Object.assign(new MemoryStore(), { watching: true });
    const published = (revision: number, sequence: number | undefined) => {
      const publication = samplePublication(revision);
      return publish(
        store,
        sequence === undefined ? publication : { ...publication, trustSequence: sequence },
        key,
      );
    };
    await published(1, trustSequence);
    const wanted: number[] = [];
    const feed = await ConfigurationFeed.open({
      ...{ kind: 'sidecar', core, store, own: undefined, clock: new ManualClock() },
      membership: {
        ...{ control: 'http://127.0.0.1:1', mesh: 'bookinfo', trustDomain: 'cluster.local', rootHash: '' },
        ...{ signingKeys: [key.thumbprint], namespace: 'default', workload: 'reviews-v1' },
        serviceAccount: 'reviews',
      },
      readTrust: async (_store, least) => {
        wanted.push(least);
        return held;
      },
      askKeys: async () => ({ keys: [jwk] }),
      onActive: () => undefined,
      random: { ...testPorts().random, unit: () => 0.5 },
      log: new RememberedLog(),
    });
    return { feed, wanted, published };
  }

  test('says how new the trust record must be, which is read after it', async () => {
    const { feed, wanted } = await scene(7, true);
    await feed.first();
    assert.deepEqual(wanted, [7]);
  });

  test('opens no port without a trust record although one is wanted', async () => {
    const { feed } = await scene(7, false);
    await assert.rejects(feed.first(), /no trust record/);
  });

  test('wants none that control has not published', async () => {
    const { feed, wanted } = await scene(undefined, false);
    await feed.first();
    assert.deepEqual(wanted, [0]);
  });

  test('has the record read again when a later one wants more', async () => {
    const { feed, wanted, published } = await scene(7, true);
    await feed.first();
    const stopped = new AbortController();
    const followed = feed.follow(stopped.signal);
    await until('the record is read', async () => (wanted.length >= 2 ? true : undefined));
    await published(2, 8);
    await until('the record is read again', async () => (wanted.includes(8) ? true : undefined));
    assert.deepEqual(wanted.slice(0, 2), [7, 7]);
    stopped.abort();
    await followed;
  });
});
