import { write } from 'node:fs';

/** Bytes that wait for a slow reader; more are dropped. */
const BACKLOG = 4 * 1024 * 1024;
/** So many UTF-16 units are encoded at one time. */
const PORTION = 16 * 1024;
/** A pipe takes this many bytes whole or not at all (PIPE_BUF): Deno does not tell how much of a write was left. */
const ATOMIC = 4096;
/** A full pipe is tried again after this time, ms. */
const RETRY_MS = 20;

/**
 * Writes lines to a file descriptor beside the event loop: process.stdout would stand still with a pipe that
 * nobody empties. What a slow reader leaves behind is bounded; lines beyond are dropped and counted.
 */
export class LineWriter {
  readonly #descriptor: number;
  readonly #backlog: number;
  #lines: string[] = [];
  #waiting = 0;
  #writing: Uint8Array | undefined;
  #dropped = 0;
  #idle: (() => void)[] = [];

  constructor(descriptor: number, backlog: number = BACKLOG) {
    this.#descriptor = descriptor;
    this.#backlog = backlog;
  }

  /** Lines that were lost because the reader was too slow. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Takes a line with its line end. */
  readonly write = (line: string): void => {
    if (this.#waiting + line.length > this.#backlog) {
      this.#dropped++;
      return;
    }
    this.#waiting += line.length;
    this.#lines.push(line);
    // Lines of one turn of the event loop go out together.
    if (this.#lines.length === 1 && this.#writing === undefined) setImmediate(() => this.#next());
  };

  /** Resolves when everything was handed over. */
  flushed(): Promise<void> {
    if (this.#waiting === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  #next(): void {
    if (this.#writing !== undefined || this.#lines.length === 0) return;
    let size = 0;
    let count = 0;
    while (count < this.#lines.length && size < PORTION) size += (this.#lines[count++] as string).length;
    const text = this.#lines.splice(0, count).join('');
    this.#hand(new TextEncoder().encode(text), text.length);
  }

  #hand(bytes: Uint8Array, size: number): void {
    this.#writing = bytes;
    write(this.#descriptor, bytes, 0, Math.min(bytes.length, ATOMIC), null, (error, written) => {
      const rest = error === null ? bytes.subarray(written) : bytes;
      if (error !== null && error.code !== 'EAGAIN') this.#done(size);
      else if (rest.length === 0) this.#done(size);
      else if (error === null) this.#hand(rest, size);
      else setTimeout(() => this.#hand(rest, size), RETRY_MS);
    });
  }

  /** A descriptor that fails has no reader any more: its lines are gone, and nobody else is told. */
  #done(size: number): void {
    this.#writing = undefined;
    this.#waiting -= size;
    if (this.#lines.length > 0) this.#next();
    else for (const resolve of this.#idle.splice(0)) resolve();
  }
}
