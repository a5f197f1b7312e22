import { ChunkLine } from './chunk-line.ts';
import type { Framing } from './framing.ts';
import { FramingError } from './framing-error.ts';
import type { HeaderList } from './header-list.ts';
import { DEFAULT_LIMITS, type HeadLimits } from './limits.ts';
import { CR, LF } from './octets.ts';
import { TrailerSection } from './trailer-section.ts';

type State = 'data' | 'size' | 'data-cr' | 'data-lf' | 'trailer' | 'done' | 'failed';

/** Finds the end of one body, and its data between the framing (RFC 9112 §6, §7.1). */
export class BodyReader {
  readonly #limits: HeadLimits;
  readonly #framing: Framing['kind'];
  readonly #line: ChunkLine | undefined;
  #state: State;
  /** Bytes left of the body, or of the chunk. */
  #left: number;
  #section: TrailerSection | undefined;
  #trailers: HeaderList | undefined;

  constructor(framing: Framing, limits: HeadLimits = DEFAULT_LIMITS) {
    this.#limits = limits;
    this.#framing = framing.kind;
    this.#line = framing.kind === 'chunked' ? new ChunkLine() : undefined;
    this.#left = lengthOf(framing);
    this.#state = framing.kind === 'chunked' ? 'size' : this.#left === 0 ? 'done' : 'data';
  }

  /** Whether the body is complete. */
  get done(): boolean {
    return this.#state === 'done';
  }

  /** The trailer fields of a complete chunked body that carried some. */
  get trailers(): HeaderList | undefined {
    return this.#trailers;
  }

  /**
   * Feeds bytes and calls `onData` with views into them. Returns how many it consumed: fewer than there are
   * only when done. Throws FramingError on illegal chunking.
   */
  read(bytes: Uint8Array, onData: (data: Uint8Array) => void): number {
    let at = 0;
    while (at < bytes.length && this.#state !== 'done') {
      if (this.#state !== 'data') {
        this.#control(bytes[at++] as number);
        continue;
      }
      const end = Math.min(bytes.length, at + this.#left);
      const data = at === 0 && end === bytes.length ? bytes : bytes.subarray(at, end);
      this.#left -= data.length;
      if (this.#left === 0) this.#state = this.#line === undefined ? 'done' : 'data-cr';
      at = end;
      onData(data);
    }
    return at;
  }

  /**
   * The stream ended: completes a body that the connection delimits, throws FramingError on one cut short.
   */
  end(): void {
    if (this.#framing === 'close' && this.#state === 'data') this.#state = 'done';
    if (this.#state !== 'done') this.#fail('the body is incomplete');
  }

  #control(octet: number): void {
    try {
      this.#step(octet);
    } catch (error) {
      this.#state = 'failed';
      throw error;
    }
  }

  #step(octet: number): void {
    switch (this.#state) {
      case 'size':
        if (this.#line?.read(octet)) this.#begin(this.#line.size);
        return;
      case 'data-cr':
        if (octet !== CR) this.#fail('chunk longer than its size');
        this.#state = 'data-lf';
        return;
      case 'data-lf':
        if (octet !== LF) this.#fail('chunk longer than its size');
        this.#state = 'size';
        return;
      case 'trailer':
        if (this.#section?.read(octet)) this.#finish(this.#section);
        return;
      default:
        this.#fail('the body failed before');
    }
  }

  #begin(size: number): void {
    this.#left = size;
    if (size > 0) {
      this.#state = 'data';
      return;
    }
    this.#section = new TrailerSection(this.#limits);
    this.#state = 'trailer';
  }

  #finish(section: TrailerSection): void {
    this.#trailers = section.headers();
    this.#section = undefined;
    this.#state = 'done';
  }

  #fail(message: string): never {
    this.#state = 'failed';
    throw new FramingError(message);
  }
}

function lengthOf(framing: Framing): number {
  if (framing.kind === 'length') return framing.length;
  return framing.kind === 'none' ? 0 : Number.POSITIVE_INFINITY;
}
