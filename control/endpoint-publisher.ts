import type { Clock, Log, SwapStore } from '../src/runtime/ports.ts';
import type { Endpoint } from '../src/snapshot/endpoint.ts';
import { signEndpointRecord, verifyEndpointRecord } from '../src/snapshot/endpoint-record.ts';
import type { SigningKey } from '../src/snapshot/signing-key.ts';
import { endpointsKey } from '../src/snapshot/store-key.ts';
import { Exclusive } from './exclusive.ts';
import type { GatewayMirror } from './gateway-mirror.ts';

/** Signs the endpoints of each service and puts them under their own keys, where readers watch. */
export class EndpointPublisher {
  readonly #store: SwapStore;
  readonly #mirror: GatewayMirror;
  readonly #key: SigningKey;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #published = new Map<string, string>();
  readonly #sequences = new Map<string, number>();
  readonly #writes = new Exclusive();

  constructor(store: SwapStore, mirror: GatewayMirror, key: SigningKey, clock: Clock, log: Log) {
    this.#store = store;
    this.#mirror = mirror;
    this.#key = key;
    this.#clock = clock;
    this.#log = log;
  }

  /** Writes the records that changed. Resolves once sidecars can read them; gateways follow. */
  publish(endpoints: ReadonlyMap<string, readonly Endpoint[]>): Promise<void> {
    return this.#writes.run(async () => {
      const entries = [];
      for (const [service, list] of endpoints) {
        const text = JSON.stringify(list);
        if (this.#published.get(service) === text) continue;
        entries.push(await this.#write(service, list));
        this.#published.set(service, text);
      }
      if (entries.length > 0) this.#mirror.putLater(entries);
    });
  }

  async #write(service: string, endpoints: readonly Endpoint[]) {
    const sequence = await this.#nextSequence(service);
    const value = await signEndpointRecord({ format: 1, service, sequence, endpoints }, this.#key);
    const key = endpointsKey(service);
    await this.#store.put(key, value);
    this.#log.info('endpoints published', { service, endpoints: endpoints.length, sequence });
    return { key, value };
  }

  /** Follows the clock, so that a control with an empty memory still goes forward; never falls back with it. */
  async #nextSequence(service: string): Promise<number> {
    const last = this.#sequences.get(service) ?? (await this.#storedSequence(service));
    const next = Math.max(last + 1, this.#clock.now());
    this.#sequences.set(service, next);
    return next;
  }

  async #storedSequence(service: string): Promise<number> {
    const stored = await this.#store.get(endpointsKey(service));
    if (!stored) return 0;
    const record = await verifyEndpointRecord(stored, [this.#key], { service }).catch(() => undefined);
    return record?.sequence ?? 0;
  }
}
