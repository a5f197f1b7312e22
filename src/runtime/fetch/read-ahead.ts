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

/** Reads the beginning of a body, which comes first when the rest of it is read. Never rejects. */
export async function readAhead(body: FetchBody, bounds: ReadAheadBounds): Promise<ReadAhead> {
  const { signal, budget } = bounds;
  const ahead = new AheadBody(body);
  let abandon: () => void = () => undefined;
  const abandoned = new Promise<void>((resolve) => {
    abandon = resolve;
  });
  const drop = (): void => {
    ahead.drop(signal?.reason);
    abandon();
  };
  if (signal?.aborted) drop();
  signal?.addEventListener('abort', drop, { once: true });
  const waited = await fill(ahead, bounds, abandoned);
  signal?.removeEventListener('abort', drop);
  budget?.giveBack(waited);
  const bytes = ahead.bytes.subarray(0, bounds.limit);
  return { bytes, whole: ahead.isWhole && ahead.length <= bounds.limit, body: ahead.rest() };
}

/** What was read is a copy that is nobody else's. */
export interface ReadAhead extends Peeked<FetchBody> {
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Gives how many octets the budget has counted. */
async function fill(
  ahead: AheadBody,
  { limit, patience, budget }: ReadAheadBounds,
  abandoned: Promise<void>,
): Promise<number> {
  let counted = 0;
  let waiting = true;
  const stop = (): void => {
    waiting = false;
  };
  const stopped = Promise.race(patience === undefined ? [abandoned] : [abandoned, patience]).then(stop);
  while (waiting && !ahead.isOver && ahead.length <= limit && budget?.isSpent !== true) {
    await Promise.race([ahead.read(), stopped]);
    budget?.take(ahead.length - counted);
    counted = ahead.length;
  }
  return counted;
}

/** A body of which the beginning was read. */
class AheadBody {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #chunks: Uint8Array[] = [];
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
    const all = new Uint8Array(this.#length);
    let at = 0;
    for (const chunk of this.#chunks) {
      all.set(chunk, at);
      at += chunk.length;
    }
    return all;
  }

  /** Waits for one chunk more; for the one that is on its way where somebody has waited already. Never rejects. */
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
    return new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        while (this.#chunks.length === 0 && !this.isOver) await this.read();
        const chunk = this.#chunks.shift();
        if (chunk !== undefined) controller.enqueue(chunk);
        else if (this.#failure !== undefined) throw this.#failure;
        else controller.close();
      },
      cancel: (reason) => this.#reader.cancel(reason),
    });
  }

  async #next(): Promise<void> {
    try {
      const { done, value } = await this.#reader.read();
      // What was dropped has no end of its own.
      if (done) this.#ended = this.#failure === undefined;
      else {
        this.#chunks.push(value.slice());
        this.#length += value.length;
      }
    } catch (error) {
      this.#failure ??= error ?? new Error('the body broke off');
    }
    this.#pending = undefined;
  }
}
