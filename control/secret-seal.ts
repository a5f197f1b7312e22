import { Buffer } from 'node:buffer';
import { loadSealKey, type OwnKeysParts } from './keys.ts';

const MARK = 'sealed:v1:';
const NONCE_BYTES = 12;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Seals the texts of Secrets before they are stored: AES-256-GCM under a key of control's own, with a nonce that is
 * an HMAC of the text. Equal texts seal equally, so that a Secret which did not change is not a change.
 */
export class SecretSeal {
  readonly #cipher: CryptoKey;
  readonly #nonces: CryptoKey;

  private constructor(cipher: CryptoKey, nonces: CryptoKey) {
    this.#cipher = cipher;
    this.#nonces = nonces;
  }

  /** With the key of the state directory, made at the first start. */
  static async load(parts: OwnKeysParts): Promise<SecretSeal> {
    return SecretSeal.of(new Uint8Array(Buffer.from(await loadSealKey(parts), 'base64url')));
  }

  /** `key` is 32 random bytes. */
  static async of(key: Uint8Array<ArrayBuffer>): Promise<SecretSeal> {
    if (key.length !== 32) throw new Error('the key that seals Secrets must be 32 bytes');
    const root = await crypto.subtle.importKey('raw', key, 'HKDF', false, ['deriveKey']);
    const of = (info: string) => ({
      name: 'HKDF',
      hash: 'SHA-256',
      salt: new Uint8Array(0),
      info: encoder.encode(info),
    });
    const derive = crypto.subtle.deriveKey.bind(crypto.subtle);
    const cipher = { name: 'AES-GCM', length: 256 };
    const hmac = { name: 'HMAC', hash: 'SHA-256', length: 256 };
    return new SecretSeal(
      await derive(of('weft secret text'), root, cipher, false, ['encrypt', 'decrypt']),
      await derive(of('weft secret nonce'), root, hmac, false, ['sign']),
    );
  }

  /** Whether a stored text is sealed. */
  static isSealed(stored: string): boolean {
    return stored.startsWith(MARK);
  }

  async seal(text: string): Promise<string> {
    const bytes = encoder.encode(text);
    const iv = new Uint8Array(await crypto.subtle.sign('HMAC', this.#nonces, bytes)).slice(0, NONCE_BYTES);
    const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, this.#cipher, bytes);
    return MARK + Buffer.concat([iv, new Uint8Array(sealed)]).toString('base64url');
  }

  /** The text that was sealed. Rejects for what another key sealed, or what was altered. */
  async open(sealed: string): Promise<string> {
    if (!SecretSeal.isSealed(sealed)) throw new Error('the text is not sealed');
    const bytes = new Uint8Array(Buffer.from(sealed.slice(MARK.length), 'base64url'));
    const algorithm = { name: 'AES-GCM', iv: bytes.subarray(0, NONCE_BYTES) };
    const text = await crypto.subtle
      .decrypt(algorithm, this.#cipher, bytes.subarray(NONCE_BYTES))
      .catch(() => {
        throw new Error('a Secret cannot be opened: secret-key is another one, or the text was altered');
      });
    return decoder.decode(text);
  }
}
