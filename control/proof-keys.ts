import type { Authority } from '../src/identity/authority/authority.ts';
import { recordIssuance } from '../src/identity/authority/issuance-log.ts';
import { type Bytes, decodeBase64, encodeBase64 } from '../src/identity/bytes.ts';
import { IdentityError } from '../src/identity/identity-error.ts';
import { keyIdOf } from '../src/identity/signature/proof-key.ts';
import { formatSpiffeId, parseSpiffeId, type SpiffeId } from '../src/identity/spiffe.ts';
import type { Clock, Log, Store } from '../src/runtime/ports.ts';
import { proofKey } from '../src/snapshot/store-key.ts';
import type { GatewayMirror } from './gateway-mirror.ts';

export interface ProofKeysParts {
  readonly authority: Pick<Authority, 'issueSpecial'>;
  readonly store: Store;
  readonly mirror: Pick<GatewayMirror, 'putLater' | 'remove'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
  /** Life of a certificate, ms. */
  readonly ttlMs: number;
  /** Who gets none. */
  readonly isDenied: (id: SpiffeId) => boolean;
}

/** A key that signs requests for a workload which cannot come and ask: a gateway Worker. */
interface Registered {
  readonly id: string;
  /** SubjectPublicKeyInfo, base64. */
  readonly publicKey: string;
}

const PREFIX = 'proof-key/';

/** Whether a gateway has such a key. */
export async function hasProofKeys(store: Pick<Store, 'list'>): Promise<boolean> {
  return (await store.list(PREFIX)).length > 0;
}

/**
 * Keys that an operator has registered for gateways. Each has a certificate in the gateway's store, renewed at half its
 * life; the certificate stands for itself, so that the store need not be trusted.
 */
export class ProofKeys {
  readonly #parts: ProofKeysParts;
  /** When the certificate of a key is due, ms since the epoch; unknown after a start. */
  readonly #due = new Map<string, number>();
  /** Keys of which it was said that they are not certified. */
  readonly #told = new Set<string>();

  constructor(parts: ProofKeysParts) {
    this.#parts = parts;
  }

  /**
   * Certifies a public key (SubjectPublicKeyInfo of Ed25519) for an identity; throws IdentityError, `svid_denied` for one
   * that is denied. Gives its `keyid`.
   */
  async register(publicKey: Bytes, id: SpiffeId): Promise<string> {
    const keyid = await keyIdOf(publicKey);
    await this.#certify(keyid, publicKey, id);
    const registered: Registered = { id: formatSpiffeId(id), publicKey: encodeBase64(publicKey) };
    await this.#parts.store.put(PREFIX + keyid, new TextEncoder().encode(JSON.stringify(registered)));
    return keyid;
  }

  /** The key is certified no more; its last certificate lives on until it ends. */
  async remove(keyid: string): Promise<void> {
    this.#due.delete(keyid);
    this.#told.delete(keyid);
    await this.#parts.store.delete(PREFIX + keyid);
    await this.#parts.mirror.remove([proofKey(keyid)]);
  }

  /** Renews what has lived for half of its life. */
  async upkeep(): Promise<void> {
    const { store, clock, log } = this.#parts;
    for (const key of await store.list(PREFIX)) {
      const keyid = key.slice(PREFIX.length);
      if ((this.#due.get(keyid) ?? 0) > clock.now()) continue;
      const stored = await store.get(key);
      if (stored === undefined) continue;
      await this.#renew(keyid, stored).catch((error: unknown) => {
        const denied = error instanceof IdentityError && error.code === 'svid_denied';
        if (!denied) log.error('proof key not certified', { keyid, error: String(error) });
        else if (!this.#told.has(keyid)) log.warn('proof key not certified', { keyid, code: 'denied' });
        if (denied) this.#told.add(keyid);
      });
    }
  }

  async #renew(keyid: string, stored: Uint8Array): Promise<void> {
    const { id, publicKey } = JSON.parse(new TextDecoder().decode(stored)) as Registered;
    await this.#certify(keyid, decodeBase64(publicKey), parseSpiffeId(id));
  }

  async #certify(keyid: string, publicKey: Bytes, id: SpiffeId): Promise<void> {
    const { authority, store, mirror, clock, log, ttlMs, isDenied } = this.#parts;
    const what = formatSpiffeId(id);
    if (isDenied(id)) throw new IdentityError('svid_denied', `${what} is denied: it gets no certificate`);
    const { chainPem, serial, notAfter } = await authority.issueSpecial(
      publicKey,
      { kind: 'proof', id },
      ttlMs,
    );
    await recordIssuance(store, { when: clock.now(), who: 'proof', what, serial, notAfter });
    this.#due.set(keyid, (clock.now() + notAfter) / 2);
    this.#told.delete(keyid);
    mirror.putLater([{ key: proofKey(keyid), value: new TextEncoder().encode(chainPem) }]);
    log.info('certificate issued', {
      who: 'proof',
      id: what,
      serial,
      notAfter: new Date(notAfter).toISOString(),
    });
  }
}
