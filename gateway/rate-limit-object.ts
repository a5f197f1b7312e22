import { takeToken } from '../src/proxy/limits/token-bucket.ts';
import type { TokenRate, TokenTake } from '../src/runtime/ports.ts';
import { systemClock as clock } from '../src/runtime/system.ts';

/** Cloudflare's `DurableObjectState`, as far as it is used. */
export interface ObjectState {
  readonly storage: {
    get(key: string): Promise<unknown>;
    put(key: string, value: unknown): Promise<void>;
    deleteAll(): Promise<void>;
    setAlarm(at: number): Promise<void>;
  };
}

const FULL_AT = 'fullAt';

/** A bucket of tokens as a Durable Object: requests reach it one after the other. It leaves nothing behind once it is full. */
export class RateLimitObject {
  readonly #state: ObjectState;
  /** Ms since the epoch; undefined while it was not read. */
  #fullAt: number | undefined;
  #alarmed = false;

  constructor(state: ObjectState) {
    this.#state = state;
  }

  /** POST of a TokenRate answers a TokenTake; only the gateway's binding leads here. */
  async fetch(request: Request): Promise<Response> {
    const rate = (await request.json()) as TokenRate;
    const kept = this.#fullAt ?? (await this.#read());
    // Another request may have taken meanwhile.
    const { granted, fullInMs, fullAt } = takeToken(this.#fullAt ?? kept, clock.now(), rate);
    if (granted) {
      this.#fullAt = fullAt;
      void this.#state.storage.put(FULL_AT, fullAt);
      if (!this.#alarmed) void this.#state.storage.setAlarm(fullAt);
      this.#alarmed = true;
    }
    const taken: TokenTake = { granted, fullInMs };
    return Response.json(taken);
  }

  async alarm(): Promise<void> {
    const fullAt = this.#fullAt ?? (await this.#read());
    if (fullAt > clock.now()) return this.#state.storage.setAlarm(fullAt);
    this.#alarmed = false;
    await this.#state.storage.deleteAll();
  }

  async #read(): Promise<number> {
    const kept = await this.#state.storage.get(FULL_AT);
    return typeof kept === 'number' ? kept : 0;
  }
}
