import { encodeLatin1 } from './latin1.ts';
import { CR, FIELD_VALUE, LF, SP, TARGET, TOKEN } from './octets.ts';

/** Assembles one head in one allocation, checking every octet so that no value can end its line. */
export class HeadWriter {
  readonly bytes: Uint8Array;
  #at = 0;

  /** `length` is the exact size of the head, from `fieldLength` and the like. */
  constructor(length: number) {
    this.bytes = new Uint8Array(length);
  }

  /** `METHOD target HTTP/1.1`. Throws TypeError where a part is illegal. */
  requestLine(method: string, target: string): void {
    if (method === '' || target === '') throw new TypeError('an empty method or target');
    this.#put(method, TOKEN);
    this.#octet(SP);
    this.#put(target, TARGET);
    this.#put(' HTTP/1.1', FIELD_VALUE);
    this.endLine();
  }

  /** `HTTP/1.1 200 OK`. Throws TypeError where a part is illegal. */
  statusLine(status: number, reason: string): void {
    if (!Number.isInteger(status) || status < 100 || status > 999)
      throw new TypeError(`illegal status ${status}`);
    this.#put(`HTTP/1.1 ${status} `, FIELD_VALUE);
    this.#put(reason, FIELD_VALUE);
    this.endLine();
  }

  /** One field line. Throws TypeError where name or value are illegal. */
  field(name: string, value: string): void {
    if (name === '') throw new TypeError('an empty field name');
    this.#put(name, TOKEN);
    this.#put(': ', FIELD_VALUE);
    this.#put(value, FIELD_VALUE);
    this.endLine();
  }

  /** The size line of a chunk. */
  sizeLine(size: string): void {
    this.#put(size, TOKEN);
    this.endLine();
  }

  endLine(): void {
    this.#octet(CR);
    this.#octet(LF);
  }

  #put(text: string, allowed: Uint8Array): void {
    this.#at = encodeLatin1(text, allowed, this.bytes, this.#at);
  }

  #octet(octet: number): void {
    this.bytes[this.#at++] = octet;
  }
}

/** Octets of a field line. */
export function fieldLength(name: string, value: string): number {
  return name.length + value.length + 4;
}
