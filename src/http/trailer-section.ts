import { FramingError } from './framing-error.ts';
import { HeaderList } from './header-list.ts';
import { decodeLatin1 } from './latin1.ts';
import type { HeadLimits } from './limits.ts';
import { isProtected } from './nominated-fields.ts';
import { CR, LF } from './octets.ts';
import { FieldScanner, TOO_MANY } from './read-headers.ts';

/**
 * Fields that only a header section may carry (RFC 9110 §6.5.1), besides the protected ones: framing, routing,
 * authentication, content.
 */
const FORBIDDEN: ReadonlySet<string> = new Set([
  'cache-control',
  'connection',
  'content-range',
  'keep-alive',
  'location',
  'max-forwards',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'range',
  'set-cookie',
  'te',
  'trailer',
  'upgrade',
  'www-authenticate',
]);

const scanner = new FieldScanner();

/** Whether a trailer section may carry `name`. */
export function isTrailerName(name: string): boolean {
  return !FORBIDDEN.has(name) && !isProtected(name);
}

/** Collects the trailer section of a chunked body (RFC 9112 §7.1.2) within the limits. */
export class TrailerSection {
  readonly #limits: HeadLimits;
  #bytes = new Uint8Array(256);
  #length = 0;
  #lineStart = 0;

  constructor(limits: HeadLimits) {
    this.#limits = limits;
  }

  /** Takes one octet; true when it ended the section. Throws FramingError. */
  read(octet: number): boolean {
    if (this.#length === this.#limits.bytes) throw new FramingError('trailer section too large');
    if (this.#length === this.#bytes.length) this.#grow();
    this.#bytes[this.#length++] = octet;
    if (octet !== LF) return false;
    const length = this.#length - this.#lineStart;
    if (this.#bytes[this.#length - 2] !== CR || length < 2)
      throw new FramingError('bare LF in a trailer section');
    this.#lineStart = this.#length;
    return length === 2;
  }

  /**
   * The fields, without those that a trailer may not carry; undefined when none is left. Throws
   * FramingError.
   */
  headers(): HeaderList | undefined {
    if (this.#length === 2) return undefined;
    const end = scanner.scan(this.#bytes, 0, this.#length, this.#limits.fields);
    if (end === TOO_MANY) throw new FramingError('too many trailer fields');
    if (end !== this.#length) throw new FramingError('malformed trailer field');
    const all = scanner.headers(decodeLatin1(this.#bytes, 0, end, scanner.octets < 0x80), 0);
    const kept = new HeaderList();
    for (const [name, value] of all) if (isTrailerName(name)) kept.append(name, value);
    return kept.size > 0 ? kept : undefined;
  }

  #grow(): void {
    const grown = new Uint8Array(2 * this.#length);
    grown.set(this.#bytes);
    this.#bytes = grown;
  }
}
