import { IdentityError } from '../identity-error.ts';

/** One DER value (X.690 §10): views into the bytes that were read, never copies. */
export interface DerValue {
  /** The identifier octet. */
  readonly tag: number;
  /** Contents only. */
  readonly content: Uint8Array;
  /** Identifier, length and contents. */
  readonly raw: Uint8Array;
}

/** The identifier octets that certificates and requests use. */
export const Tag = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Reads the values of a DER sequence in order; every departure from DER throws `der_malformed`. */
export class DerReader {
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** The tag of the next value; undefined at the end. */
  get next(): number | undefined {
    return this.#bytes[this.#offset];
  }

  /** The next value, which must have the tag. */
  read(tag: number): DerValue {
    const value = this.readAny();
    if (value.tag !== tag) throw malformed(`expected tag ${tag}, found ${value.tag}`);
    return value;
  }

  /** The next value if it has the tag. */
  readOptional(tag: number): DerValue | undefined {
    return this.next === tag ? this.readAny() : undefined;
  }

  readAny(): DerValue {
    const start = this.#offset;
    const tag = this.#octet();
    if ((tag & 0x1f) === 0x1f) throw malformed('long tags do not occur');
    const length = this.#length();
    const from = this.#offset;
    const to = from + length;
    if (to > this.#bytes.length) throw malformed('value is cut short');
    this.#offset = to;
    return { tag, content: this.#bytes.subarray(from, to), raw: this.#bytes.subarray(start, to) };
  }

  /** Throws unless everything was read. */
  end(): void {
    if (this.#offset !== this.#bytes.length) throw malformed('bytes follow the value');
  }

  #octet(): number {
    const octet = this.#bytes[this.#offset];
    if (octet === undefined) throw malformed('value is cut short');
    this.#offset += 1;
    return octet;
  }

  /** Definite and minimal, at most 65535 (X.690 §10.1). */
  #length(): number {
    const first = this.#octet();
    if (first < 0x80) return first;
    if (first !== 0x81 && first !== 0x82) throw malformed('length is indefinite or too long');
    const length = first === 0x81 ? this.#octet() : this.#octet() * 256 + this.#octet();
    if (length < (first === 0x81 ? 0x80 : 0x100)) throw malformed('length is not minimal');
    return length;
  }
}

/** The only value of some bytes. */
export function readDer(bytes: Uint8Array, tag: number): DerValue {
  const reader = new DerReader(bytes);
  const value = reader.read(tag);
  reader.end();
  return value;
}

/** The values inside a constructed value. */
export function inside(value: DerValue): DerReader {
  return new DerReader(value.content);
}

/** The contents of an INTEGER that is not negative, minimal, with its sign octet if it has one. */
export function readUnsigned(reader: DerReader): Uint8Array {
  const { content } = reader.read(Tag.integer);
  const [first, second] = content;
  if (first === undefined || first >= 0x80) throw malformed('integer is empty or negative');
  if (first === 0 && second !== undefined && second < 0x80) throw malformed('integer is not minimal');
  return content;
}

/** A BOOLEAN that is written, which in DER means one octet 0x00 or 0xff. */
export function readBoolean(reader: DerReader): boolean {
  const { content } = reader.read(Tag.boolean);
  if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff)) throw malformed('boolean');
  return content[0] === 0xff;
}

/** The dotted form of an OBJECT IDENTIFIER. */
export function readOid(reader: DerReader): string {
  const { content } = reader.read(Tag.oid);
  if (content.length === 0 || content.length > 64) throw malformed('object identifier length');
  const arcs: number[] = [];
  let arc = 0;
  let fresh = true;
  for (const octet of content) {
    if (fresh && octet === 0x80) throw malformed('object identifier is not minimal');
    arc = arc * 128 + (octet & 0x7f);
    if (arc > Number.MAX_SAFE_INTEGER / 128) throw malformed('object identifier arc');
    fresh = octet < 0x80;
    if (fresh) {
      arcs.push(arc);
      arc = 0;
    }
  }
  if (!fresh) throw malformed('object identifier is cut short');
  const [head = 0, ...tail] = arcs;
  const top = Math.min(2, Math.floor(head / 40));
  return [top, head - top * 40, ...tail].join('.');
}

/** A BIT STRING of whole octets. */
export function readOctetBits(reader: DerReader): Uint8Array {
  const { content } = reader.read(Tag.bitString);
  if (content[0] !== 0) throw malformed('bit string has unused bits');
  return content.subarray(1);
}

/** `der_malformed` with a detail. */
export function malformed(detail: string): IdentityError {
  return new IdentityError('der_malformed', `DER: ${detail}`);
}
