import { DEFAULT_LIMITS } from '../../http/limits.ts';
import { type ReadResponseHead, readResponseHead } from '../../http/read-response-head.ts';
import { INTERIM_LIMIT } from './interim-limit.ts';
import { UnreadBytes } from './unread-bytes.ts';

/** The heads that answer one request: interim ones, and at last the final one. */
export class ResponseHeads {
  readonly #unread = new UnreadBytes();
  #interim = 0;

  append(chunk: Uint8Array): void {
    this.#unread.append(chunk);
  }

  /** The next head of the answer to `method`, or undefined when more bytes are needed. Throws on one that is illegal. */
  next(method: string): ReadResponseHead | undefined {
    const unread = this.#unread;
    if (unread.length === 0) return undefined;
    const read = readResponseHead(unread.bytes, method, DEFAULT_LIMITS, unread.seen);
    if (read.kind === 'refusal') throw new Error(read.reason);
    if (read.kind === 'more') {
      unread.seen = unread.length;
      return undefined;
    }
    unread.skip(read.length);
    const final = read.status === 101 || read.status >= 200;
    if (!final && ++this.#interim > INTERIM_LIMIT) throw new Error('too many interim responses');
    return read;
  }

  /** Takes out what follows the last head. */
  rest(): Uint8Array {
    return this.#unread.take();
  }

  /** Begins anew. */
  clear(): void {
    this.#unread.clear();
    this.#interim = 0;
  }
}
