/** A number of `size` octets. */
export function number(value: number, size: number): Buffer {
  const octets = Buffer.alloc(size);
  octets.writeUIntBE(value, 0, size);
  return octets;
}

/** Octets after their length, which has `size` octets. */
export function vector(size: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([number(content.length, size), content]);
}

/** A handshake message (RFC 8446 §4). */
export function message(type: number, ...parts: readonly Uint8Array[]): Buffer {
  return Buffer.concat([Buffer.of(type), vector(3, ...parts)]);
}

/** An extension (§4.2). */
export function extension(type: number, ...parts: readonly Uint8Array[]): Buffer {
  return Buffer.concat([number(type, 2), vector(2, ...parts)]);
}

/** Reads what the functions above wrote, in order. */
export class TlsReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length;
  }

  take(length: number): Buffer {
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  number(size: number): number {
    return this.take(size).readUIntBE(0, size);
  }

  vector(size: number): Buffer {
    return this.take(this.number(size));
  }
}

/** The public key of a peer's X25519 share (§4.2.8) in what follows the `fields` of a hello. */
export function x25519Share(extensions: Uint8Array, isServer: boolean): Buffer | undefined {
  const reader = new TlsReader(extensions);
  while (!reader.done) {
    const [type, value] = [reader.number(2), reader.vector(2)];
    if (type !== KEY_SHARE) continue;
    const shares = new TlsReader(isServer ? value : new TlsReader(value).vector(2));
    while (!shares.done) {
      const [group, key] = [shares.number(2), shares.vector(2)];
      if (group === X25519) return key;
    }
  }
  return undefined;
}

export const KEY_SHARE = 51;
export const X25519 = 0x1d;
export const SUITE = 0x1301;
export const TLS_1_3 = Buffer.of(3, 4);
