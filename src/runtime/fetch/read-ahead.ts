import type { Peeked } from '../../proxy/forward/body-port.ts';
import type { Cancellation } from '../ports.ts';
import type { FetchBody } from './fetch-exchange.ts';
import type { OctetBudget } from './octet-budget.ts';

/** How far and how long a body is read ahead; what ends it leaves a body that is not whole. */
export interface ReadAheadBounds {
  /** Octets. */
  readonly limit: number;
  /** Nobody wants the body any more: it is dropped. */
  readonly signal?: Cancellation | undefined;
  /** Resolves when nobody waits for more; the body goes on where it is. */
  readonly patience?: Promise<void> | undefined;
  /** Whose octets they are while they wait. */
  readonly budget?: OctetBudget | undefined;
}

/** What was read is nobody else's. */
export interface ReadAhead extends Peeked<FetchBody> {
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Reads the beginning of a body, which comes first when the rest of it is read. Never rejects. */
export async function readAhead(
  body: FetchBody,
  { limit, signal, patience, budget }: ReadAheadBounds,
): Promise<ReadAhead> {
  const ahead = new AheadBody(body);
  let waiting = true;
  let wake: () => void = () => undefined;
  const stop = (): void => {
    waiting = false;
    wake();
  };
  const drop = (): void => {
    ahead.drop(signal?.reason);
    stop();
  };
  if (signal?.aborted) drop();
  signal?.addEventListener('abort', drop, { once: true });
  void patience?.then(stop);
  let counted = 0;
  while (waiting && !ahead.isOver && ahead.length <= limit && budget?.isSpent !== true) {
    // A race of promises would keep something of every chunk until the last.
    await new Promise<void>((resolve) => {
      wake = resolve;
      void ahead.read().then(resolve);
    });
    budget?.take(ahead.length - counted);
    counted = ahead.length;
  }
  signal?.removeEventListener('abort', drop);
  budget?.giveBack(counted);
  const whole = ahead.isWhole && ahead.length <= limit;
  return { bytes: ahead.bytes.subarray(0, limit), whole, body: ahead.rest() };
}

/** A body of which the beginning is kept in one piece: of many small ones each would cost more than its octets. */
class AheadBody {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #kept = new Uint8Array(0);
  #length = 0;
  #ended = false;
  #failure: unknown;
  #pending: Promise<void> | undefined;

  constructor(body: FetchBody) {
    this.#reader = body.getReader();
  }

  get length(): number {
    return this.#length;
  }

  get isWhole(): boolean {
    return this.#ended;
  }

  get isOver(): boolean {
    return this.#ended || this.#failure !== undefined;
  }

  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#kept.subarray(0, this.#length);
  }

  /** Waits for one chunk more, which may be on its way. Never rejects. */
  read(): Promise<void> {
    this.#pending ??= this.#next();
    return this.#pending;
  }

  drop(reason: unknown): void {
    this.#failure ??= reason ?? new Error('nobody wants the body');
    void this.#reader.cancel(reason).catch(() => undefined);
  }

  /** The body from its beginning. */
  rest(): FetchBody {
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          if (this.#length === 0 && this.#pending !== undefined) await this.#pending;
          if (this.#length > 0) controller.enqueue(this.#taken());
          else if (this.#failure !== undefined) throw this.#failure;
          else if (this.#ended) controller.close();
          else await this.#pass(controller);
        },
        cancel: (reason) => this.#reader.cancel(reason),
      },
      { highWaterMark: 0 },
    );
  }

  async #next(): Promise<void> {
    try {
      const { done, value } = await this.#reader.read();
      // What was dropped has no end of its own.
      if (done) this.#ended = this.#failure === undefined;
      else this.#keep(value);
    } catch (error) {
      this.#failure ??= error ?? new Error('the body broke off');
    }
    this.#pending = undefined;
  }

  #keep(chunk: Uint8Array): void {
    const length = this.#length + chunk.length;
    if (length > this.#kept.length) {
      const larger = new Uint8Array(Math.max(length, this.#kept.length * 2));
      larger.set(this.bytes);
      this.#kept = larger;
    }
    this.#kept.set(chunk, this.#length);
    this.#length = length;
  }

  /** A reader may transfer what it gets. */
  #taken(): Uint8Array<ArrayBuffer> {
    const taken = this.bytes.slice();
    this.#length = 0;
    this.#kept = new Uint8Array(0);
    return taken;
  }

  async #pass(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    const { done, value } = await this.#reader.read();
    if (done) controller.close();
    else controller.enqueue(value);
  }
}
