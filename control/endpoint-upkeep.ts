import type { Clock } from '../src/runtime/ports.ts';
import type { Endpoint } from '../src/snapshot/endpoint.ts';
import type { Registry } from './registry.ts';

export interface EndpointUpkeepParts {
  readonly registry: Pick<Registry, 'sweep' | 'endpoints'>;
  readonly publish: (endpoints: ReadonlyMap<string, readonly Endpoint[]>) => Promise<void>;
  readonly clock: Clock;
  /** Of `Clock.monotonic`: until then the records of an earlier run stand, its instances need time to be heard. */
  readonly from: number;
  /** Whether the registry knows the whole configuration: half of it would publish wrong endpoints. */
  readonly whole: () => boolean;
}

/** Sees to it that what is published is what the registry has: at once, or as soon as it may and can be. */
export class EndpointUpkeep {
  readonly #parts: EndpointUpkeepParts;
  #due = true;

  constructor(parts: EndpointUpkeepParts) {
    this.#parts = parts;
  }

  /** The registry changed. Rejects when it could not be published; the next sweep tries again. */
  changed(): Promise<void> {
    this.#due = true;
    return this.#publish();
  }

  /** To be called every second or so. */
  async sweep(): Promise<void> {
    if (this.#parts.registry.sweep()) this.#due = true;
    if (this.#due) await this.#publish();
  }

  async #publish(): Promise<void> {
    const { registry, publish, clock, from, whole } = this.#parts;
    if (clock.monotonic() < from || !whole()) return;
    this.#due = false;
    try {
      await publish(registry.endpoints());
    } catch (error) {
      this.#due = true;
      throw error;
    }
  }
}
