import { type Bytes, decodeBase64, sameBytes } from '../src/identity/bytes.ts';
import { decodePem } from '../src/identity/pem.ts';
import { importProofKey, keyIdOf, type ProofKey, proofKey } from '../src/identity/signature/proof-key.ts';
import { parseCertificate } from '../src/identity/x509/certificate.ts';
import { leafSpiffeId, parseSvidUri } from '../src/identity/x509/peer-id.ts';
import { sanOf } from '../src/identity/x509/san.ts';
import type { Clock, Log, ReadStore } from '../src/runtime/ports.ts';
import { proofKey as storeKey } from '../src/snapshot/store-key.ts';

interface Key {
  readonly privateKey: CryptoKey;
  readonly publicKey: Bytes;
  readonly keyid: string;
}

/**
 * The key that this gateway signs requests with: a secret of its own, certified by the authority through the store. A
 * store that lies can only take the certificate away, for it must be of this very key, and sidecars verify it.
 */
export class ProofKeeper {
  readonly #store: ReadStore;
  readonly #secret: string;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #log: Log;
  #key: Key | undefined;
  #text = '';
  #current: ProofKey | undefined;

  /** `secret` is the PKCS#8 of an Ed25519 key, base64. */
  constructor(store: ReadStore, secret: string, clock: Pick<Clock, 'now'>, log: Log) {
    this.#store = store;
    this.#secret = secret;
    this.#clock = clock;
    this.#log = log;
  }

  /** Undefined before the first certificate, and when the last one is over. */
  get current(): ProofKey | undefined {
    const key = this.#current;
    return key !== undefined && this.#clock.now() < key.notAfter ? key : undefined;
  }

  /** Looks for a newer certificate; never rejects. */
  async refresh(): Promise<void> {
    try {
      this.#key ??= await readKey(this.#secret);
      const stored = await this.#store.get(storeKey(this.#key.keyid));
      const text = stored === undefined ? '' : new TextDecoder().decode(stored);
      if (text !== '' && text !== this.#text) await this.#adopt(this.#key, text);
      this.#forgetOver(this.#key);
    } catch (error) {
      this.#log.warn('no certificate to sign requests with', { error: String(error) });
    }
  }

  /** Told once: without another one every request to a sidecar is answered with 503. */
  #forgetOver({ keyid }: Key): void {
    if (this.#current === undefined || this.current !== undefined) return;
    this.#current = undefined;
    this.#log.error('the certificate to sign requests with has expired', { keyid });
  }

  async #adopt(key: Key, chainPem: string): Promise<void> {
    const [leaf] = decodePem('CERTIFICATE', chainPem).map(parseCertificate);
    if (leaf === undefined || !sameBytes(leaf.publicKey, key.publicKey))
      throw new Error('it is of another key');
    const { trustDomain } = parseSvidUri(sanOf(leaf).uris[0] ?? '');
    const certified = { chainPem, id: leafSpiffeId(leaf, trustDomain), notAfter: leaf.notAfter };
    this.#current = await proofKey(key.privateKey, key.publicKey, certified);
    this.#text = chainPem;
  }
}

async function readKey(secret: string): Promise<Key> {
  const { privateKey, publicKey } = await importProofKey(decodeBase64(secret));
  return { privateKey, publicKey, keyid: await keyIdOf(publicKey) };
}
