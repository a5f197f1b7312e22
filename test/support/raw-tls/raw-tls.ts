import { createPublicKey, diffieHellman, generateKeyPairSync, KeyObject, sign } from 'node:crypto';
import type { Socket } from 'node:net';
import type { TestCertificate } from '../test-certificate.ts';
import { message, number, TlsReader, vector } from './tls-bytes.ts';
import { expandLabel, hmac, KeySchedule, sha256, TrafficKeys } from './traffic-keys.ts';

const ALERT = 21;
const HANDSHAKE = 22;
const DATA = 23;
const CLOSE_NOTIFY = Buffer.of(1, 0);
/** DER of a SubjectPublicKeyInfo before the 32 octets of an X25519 key. */
const X25519_PREFIX = Buffer.from('302a300506032b656e032100', 'hex');

/** Who shows a chain, leaf first, of any octets whatsoever, and signs with the key of the leaf. */
export type RawChain = readonly Pick<TestCertificate, 'der' | 'keys'>[];

/**
 * One end of TLS 1.3 that shows what a test gives it and judges nobody: TLS libraries send only the certificates that
 * they can read. TLS_AES_128_GCM_SHA256 and X25519 alone.
 */
export class RawTls {
  readonly #socket: Socket;
  readonly #own = generateKeyPairSync('x25519');
  #received = Buffer.alloc(0);
  #messages = Buffer.alloc(0);
  #ended = false;
  #wake: () => void = () => undefined;
  #transcript = Buffer.alloc(0);
  #schedule: KeySchedule | undefined;
  #reads: TrafficKeys | undefined;
  #writes: TrafficKeys | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    const note = (change: () => void) => () => {
      change();
      this.#wake();
    };
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#wake();
    });
    for (const event of ['end', 'error', 'close'])
      socket.on(
        event,
        note(() => (this.#ended = true)),
      );
  }

  get publicKey(): Buffer {
    return this.#own.publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
  }

  /** The hash of all handshake messages so far. */
  get transcript(): Buffer {
    return sha256(this.#transcript);
  }

  /** From here on records are protected by the keys of the handshake. */
  agree(share: Uint8Array): void {
    const key = Buffer.concat([X25519_PREFIX, share]);
    const publicKey = createPublicKey({ key, format: 'der', type: 'spki' });
    this.#schedule = new KeySchedule(diffieHellman({ privateKey: this.#own.privateKey, publicKey }));
  }

  /** The secret of that label at this place of the transcript. */
  secret(label: string): Buffer {
    if (this.#schedule === undefined) throw new Error('no keys yet');
    return this.#schedule.traffic(label, this.transcript);
  }

  /** On to the secrets of the data. */
  advance(): void {
    this.#schedule?.advance();
  }

  protectReads(secret: Uint8Array): void {
    this.#reads = new TrafficKeys(secret);
  }

  protectWrites(secret: Uint8Array): void {
    this.#writes = new TrafficKeys(secret);
  }

  /** Sends a handshake message. */
  send(bytes: Uint8Array): void {
    this.#transcript = Buffer.concat([this.#transcript, bytes]);
    this.#write(HANDSHAKE, bytes);
  }

  sendCertificate(chain: RawChain): void {
    const entries = chain.map(({ der }) => Buffer.concat([vector(3, der), number(0, 2)]));
    this.send(message(11, vector(1), vector(3, ...entries)));
  }

  /** Proof of the leaf's key; `who` is client or server (RFC 8446 §4.4.3). */
  sendProof(chain: RawChain, who: 'client' | 'server'): void {
    const key = chain[0] && KeyObject.from(chain[0].keys.privateKey);
    if (key === undefined) throw new Error('no leaf');
    const text = `${' '.repeat(64)}TLS 1.3, ${who} CertificateVerify\0`;
    const [scheme, hash] = schemeOf(key);
    const proof = sign(hash, Buffer.concat([Buffer.from(text), this.transcript]), {
      key,
      ...(key.asymmetricKeyType === 'rsa' && { padding: 6, saltLength: 32 }),
    });
    this.send(message(15, number(scheme, 2), vector(2, proof)));
  }

  sendFinished(secret: Uint8Array): void {
    const key = expandLabel(secret, 'finished', Buffer.alloc(0), 32);
    this.send(message(20, hmac(key, this.transcript)));
  }

  /** The next handshake message, which joins the transcript. Rejects where the connection ends before. */
  async receive(type: number): Promise<TlsReader> {
    for (;;) {
      const length = this.#messages.length < 4 ? 0 : 4 + this.#messages.readUIntBE(1, 3);
      if (length > 0 && this.#messages.length >= length) return this.#taken(type, length);
      const record = await this.#record();
      if (record?.type === HANDSHAKE) this.#messages = Buffer.concat([this.#messages, record.content]);
      else throw new Error(record === undefined ? 'the connection ended' : `a record of type ${record.type}`);
    }
  }

  /** Sends data. */
  write(text: string): void {
    this.#write(DATA, Buffer.from(text, 'latin1'));
  }

  /** Everything that arrives until `until` does or the connection ends, Latin-1. */
  async read(until: string): Promise<string> {
    let text = '';
    while (!text.includes(until)) {
      const record = await this.#record();
      if (record === undefined || record.type === ALERT) return text;
      if (record.type === DATA) text += record.content.toString('latin1');
    }
    return text;
  }

  close(): void {
    if (this.#writes !== undefined && !this.#ended) this.#write(ALERT, CLOSE_NOTIFY);
    this.#socket.end();
  }

  #taken(type: number, length: number): TlsReader {
    const whole = this.#messages.subarray(0, length);
    this.#messages = this.#messages.subarray(length);
    this.#transcript = Buffer.concat([this.#transcript, whole]);
    if (whole[0] !== type) throw new Error(`expected message ${type}, got ${whole[0]}`);
    return new TlsReader(whole.subarray(4));
  }

  #write(type: number, content: Uint8Array): void {
    const plain = () => Buffer.concat([Buffer.of(type, 3, 3), vector(2, content)]);
    if (!this.#socket.destroyed) this.#socket.write(this.#writes?.seal(type, content) ?? plain());
  }

  /** Undefined at the end. ChangeCipherSpec, which middleboxes like, means nothing. */
  async #record(): Promise<{ readonly type: number; readonly content: Buffer } | undefined> {
    for (;;) {
      const length = this.#received.length < 5 ? 0 : 5 + this.#received.readUInt16BE(3);
      if (length > 0 && this.#received.length >= length) {
        const [header, body] = [this.#received.subarray(0, 5), this.#received.subarray(5, length)];
        this.#received = this.#received.subarray(length);
        if (header[0] === DATA && this.#reads !== undefined) return this.#reads.open(header, body);
        if (header[0] !== 20) return { type: header[0] ?? 0, content: body };
      } else if (this.#ended) {
        return undefined;
      } else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}

/** The signature scheme of a key (RFC 8446 §4.2.3), and its hash. */
function schemeOf(key: KeyObject): readonly [number, string | null] {
  const type = key.asymmetricKeyType;
  if (type === 'ed25519') return [0x0807, null];
  if (type === 'rsa') return [0x0804, 'sha256'];
  const curve = key.asymmetricKeyDetails?.namedCurve;
  if (curve === 'secp384r1') return [0x0503, 'sha384'];
  return curve === 'secp521r1' ? [0x0603, 'sha512'] : [0x0403, 'sha256'];
}
