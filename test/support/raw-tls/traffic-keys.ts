import { createCipheriv, createDecipheriv, createHash, createHmac } from 'node:crypto';

/** The hash of TLS_AES_128_GCM_SHA256. */
export function sha256(data: Uint8Array): Buffer {
  return createHash('sha256').update(data).digest();
}

/** HMAC with it; HKDF-Extract (RFC 5869 §2.2) has the salt as its key. */
export function hmac(key: Uint8Array, data: Uint8Array): Buffer {
  return createHmac('sha256', key).update(data).digest();
}

/** HKDF-Expand-Label (RFC 8446 §7.1) of 32 octets at most. */
export function expandLabel(secret: Uint8Array, label: string, context: Uint8Array, length: number): Buffer {
  const name = Buffer.from(`tls13 ${label}`);
  const info = Buffer.concat([
    Buffer.of(length >> 8, length & 0xff, name.length),
    name,
    Buffer.of(context.length),
    context,
    Buffer.of(1),
  ]);
  return hmac(secret, info).subarray(0, length);
}

/** Both ends' secrets of the handshake, then of the data (RFC 8446 §7.1). */
export class KeySchedule {
  #secret: Buffer;

  constructor(shared: Uint8Array) {
    const early = hmac(Buffer.alloc(32), Buffer.alloc(32));
    this.#secret = hmac(expandLabel(early, 'derived', sha256(Buffer.alloc(0)), 32), shared);
  }

  /** `label` as in `c hs traffic`; the transcript as its hash. */
  traffic(label: string, transcript: Uint8Array): Buffer {
    return expandLabel(this.#secret, label, transcript, 32);
  }

  /** On to the secrets of the data. */
  advance(): void {
    const derived = expandLabel(this.#secret, 'derived', sha256(Buffer.alloc(0)), 32);
    this.#secret = hmac(derived, Buffer.alloc(32));
  }
}

/** The protection of records in one direction (RFC 8446 §5.2). */
export class TrafficKeys {
  readonly #key: Buffer;
  readonly #iv: Buffer;
  #sequence = 0;

  constructor(secret: Uint8Array) {
    this.#key = expandLabel(secret, 'key', Buffer.alloc(0), 16);
    this.#iv = expandLabel(secret, 'iv', Buffer.alloc(0), 12);
  }

  /** A whole record of that content type. */
  seal(type: number, content: Uint8Array): Buffer {
    const length = content.length + 17;
    const header = Buffer.of(23, 3, 3, length >> 8, length & 0xff);
    const cipher = createCipheriv('aes-128-gcm', this.#key, this.#nonce());
    cipher.setAAD(header);
    const sealed = Buffer.concat([cipher.update(content), cipher.update(Buffer.of(type)), cipher.final()]);
    return Buffer.concat([header, sealed, cipher.getAuthTag()]);
  }

  /** Content and its type; throws where it was not sealed by these keys. */
  open(header: Uint8Array, body: Buffer): { readonly type: number; readonly content: Buffer } {
    const decipher = createDecipheriv('aes-128-gcm', this.#key, this.#nonce());
    decipher.setAAD(header);
    decipher.setAuthTag(body.subarray(-16));
    const inner = Buffer.concat([decipher.update(body.subarray(0, -16)), decipher.final()]);
    let end = inner.length;
    while (end > 0 && inner[end - 1] === 0) end--;
    return { type: inner[end - 1] ?? 0, content: inner.subarray(0, end - 1) };
  }

  #nonce(): Buffer {
    const nonce = Buffer.from(this.#iv);
    const low = nonce.readUInt32BE(8);
    nonce.writeUInt32BE((low ^ this.#sequence++) >>> 0, 8);
    return nonce;
  }
}
