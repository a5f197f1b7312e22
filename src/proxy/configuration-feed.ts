import type { Membership } from '../identity/membership.ts';
import type { Clock, Log, Random, ReadStore, Store } from '../runtime/ports.ts';
import { firstConfiguration } from '../snapshot/first-configuration.ts';
import { follow } from '../snapshot/follow.ts';
import { keptKeys } from '../snapshot/pinned-keys.ts';
import type { ShardReader } from '../snapshot/shard-reader.ts';
import { Subscriber } from '../snapshot/subscribe.ts';
import { targetName } from '../snapshot/target.ts';
import type { ProxyCore } from './proxy-core.ts';

/** The store is asked this often while its watch is down, and while it would tell of changes by itself; ms. */
const pollMs = 5000;
const watchedPollMs = 30_000;

export interface ConfigurationFeedParts {
  readonly kind: 'sidecar' | 'gateway';
  readonly membership: Membership;
  readonly core: ProxyCore;
  /** Control's; `watching` while it would tell of a change. */
  readonly store: ReadStore & { readonly watching: boolean };
  /** The proxy's own, for its last known good; undefined = none. */
  readonly own: Store | undefined;
  /**
   * Reads, with each look at the store, whom the mesh believes: nothing older than the configuration wants. False
   * where there is no record at all. Never rejects.
   */
  readonly readTrust: (store: ReadStore, least: number) => Promise<boolean>;
  /** Asks control for its signing keys (a key set). */
  readonly askKeys: () => Promise<unknown>;
  /** Takes sharded snapshots in parts. Absent = whole. */
  readonly shards?: ShardReader;
  /** Hears of each configuration that is in force. */
  readonly onActive: (revision: number) => void;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** Where a proxy's configuration comes from: verified, put in force, and kept current. */
export class ConfigurationFeed {
  readonly subscriber: Subscriber;
  readonly #parts: ConfigurationFeedParts;

  private constructor(parts: ConfigurationFeedParts, subscriber: Subscriber) {
    this.#parts = parts;
    this.subscriber = subscriber;
  }

  /** Rejects without one of the signing keys that the membership pins. */
  static async open(parts: ConfigurationFeedParts): Promise<ConfigurationFeed> {
    const { membership, kind, core, store, own, shards, onActive } = parts;
    const { mesh, namespace, workload } = membership;
    const subscriber = new Subscriber({
      store,
      mesh,
      keys: await keptKeys(own, parts.askKeys, membership.signingKeys),
      target: targetName({ kind, namespace, name: workload }),
      minimumRevision: 1,
      ...(own && { lastKnownGood: own }),
      ...(shards && { shards }),
      onSnapshot: (snapshot, revision, read) => {
        core.activate(snapshot, revision, read);
        onActive(revision);
      },
      onEndpoints: (record) => void core.state.endpoints.update(record),
      onReject: (code, detail) => core.reject(code, detail),
    });
    return new ConfigurationFeed(parts, subscriber);
  }

  /** Puts the first configuration in force. Rejects when there is none, or no trust record although it wants one. */
  async first(): Promise<void> {
    const { kind, clock, log, store, readTrust } = this.#parts;
    const what = kind === 'sidecar' ? 'workload' : 'gateway';
    // Both before anybody is let in; the configuration says how old the other may be.
    await firstConfiguration(this.subscriber, { clock, log, what });
    const isHeld = await readTrust(store, this.#leastTrust);
    if (this.#leastTrust > 0 && !isHeld)
      throw new Error('there is no trust record as new as the configuration: nobody could be refused');
  }

  /** Keeps it current until the signal. */
  follow(signal: AbortSignal): Promise<void> {
    const { store, clock, random, log, readTrust } = this.#parts;
    const { subscriber } = this;
    const reader = {
      refresh: async () => {
        const least = this.#leastTrust;
        const [result] = await Promise.all([subscriber.refresh(), readTrust(store, least)]);
        // What was read meanwhile may be older than a new configuration wants.
        if (this.#leastTrust > least) await readTrust(store, this.#leastTrust);
        return result;
      },
      get manifest() {
        return subscriber.manifest;
      },
    };
    return follow(reader, store, clock, {
      random,
      intervalMs: () => (store.watching ? watchedPollMs : pollMs),
      signal,
      onExpired: (expires) => log.error('publication expired', { expires: new Date(expires).toISOString() }),
    });
  }

  get #leastTrust(): number {
    return this.subscriber.manifest?.trustSequence ?? 0;
  }
}
