/** A reply of Redis (RESP2); octets as Latin-1. */
export type RedisReply = string | number | undefined | RedisError | readonly RedisReply[];

/** What Redis says instead of an answer: a code and words. */
export class RedisError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'RedisError';
  }
}

/** Longer replies are not asked for. */
const MAX_LENGTH = 65_536;
const MAX_DEPTH = 4;

/** Puts replies together from what arrives. */
export class RedisReplies {
  #text = '';
  #at = 0;

  /** The replies that are whole now. Throws on what is none. */
  push(chunk: Uint8Array): RedisReply[] {
    this.#text += Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1');
    const replies: RedisReply[] = [];
    for (;;) {
      this.#at = 0;
      const reply = this.#read(0);
      if (reply === INCOMPLETE) break;
      replies.push(reply);
      this.#text = this.#text.slice(this.#at);
    }
    if (this.#text.length > MAX_LENGTH) throw new Error('a reply of Redis is too long');
    return replies;
  }

  #read(depth: number): RedisReply | typeof INCOMPLETE {
    const line = this.#line();
    if (line === undefined) return INCOMPLETE;
    const rest = line.slice(1);
    switch (line[0]) {
      case '+':
        return rest;
      case '-':
        return new RedisError(rest);
      case ':':
        return integer(rest);
      case '$':
        return this.#bulk(integer(rest));
      case '*':
        return this.#list(integer(rest), depth);
      default:
        throw new Error('what answers is not Redis');
    }
  }

  #line(): string | undefined {
    const end = this.#text.indexOf('\r\n', this.#at);
    if (end < 0) return undefined;
    const line = this.#text.slice(this.#at, end);
    this.#at = end + 2;
    return line;
  }

  #bulk(length: number): RedisReply | typeof INCOMPLETE {
    if (length === -1) return undefined;
    if (length < 0 || length > MAX_LENGTH) throw new Error('a reply of Redis is too long');
    const end = this.#at + length;
    if (this.#text.length < end + 2) return INCOMPLETE;
    const text = this.#text.slice(this.#at, end);
    this.#at = end + 2;
    return text;
  }

  #list(length: number, depth: number): RedisReply | typeof INCOMPLETE {
    if (length === -1) return undefined;
    if (length < 0 || length > MAX_LENGTH || depth >= MAX_DEPTH)
      throw new Error('a reply of Redis is too long');
    const items: RedisReply[] = [];
    for (let i = 0; i < length; i++) {
      const item = this.#read(depth + 1);
      if (item === INCOMPLETE) return INCOMPLETE;
      items.push(item);
    }
    return items;
  }
}

const INCOMPLETE = Symbol('incomplete');

function integer(text: string): number {
  if (!/^-?\d{1,16}$/.test(text)) throw new Error('what answers is not Redis');
  return Number(text);
}
