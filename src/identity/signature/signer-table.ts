import { type Bytes, decodeBase64, hex, sha256 } from '../bytes.ts';
import { IdentityError } from '../identity-error.ts';
import { formatSpiffeId, type SpiffeId } from '../spiffe.ts';
import type { Trust } from '../trust.ts';
import { formatName } from '../x509/distinguished-name.ts';
import type { VerifiedSvid } from '../x509/svid-chain.ts';
import { importEd25519, keyIdOf } from './proof-key.ts';

/** Who holds a key, as its certificates say. Times in milliseconds since the epoch. */
export interface Signer {
  readonly id: SpiffeId;
  /** The same as text. */
  readonly source: string;
  /** SHA-256 of the leaf's DER, lower-case hex. */
  readonly certificateHash: string;
  readonly subject: string;
  readonly key: CryptoKey;
  readonly notBefore: number;
  readonly notAfter: number;
}

interface Known {
  readonly text: string;
  readonly signer: Signer;
}

/** Signers that are remembered; a mesh has as many as it has gateways and in-process services. */
const MAX_KNOWN = 1024;
/** Chains that are verified at one time: strangers must not keep the processor busy. */
const MAX_PENDING = 16;
/** With the root. */
const MAX_CERTIFICATES = 4;
/** Of 3 KiB each. */
const MAX_TEXT = 16 * 1024;

/** The holders of proof keys under one trust: a chain is verified once, and remembered by the thumbprint of its key. */
export class SignerTable {
  readonly trust: Trust;
  readonly #known = new Map<string, Known>();
  readonly #pending = new Map<string, Promise<Certified>>();

  constructor(trust: Trust) {
    this.trust = trust;
  }

  /** The signer of `keyid` by the text of `x-weft-svid`; throws IdentityError. `now` in ms. */
  find(keyid: string, text: string, now: number): Signer | Promise<Signer> {
    const known = this.#known.get(keyid);
    if (known === undefined || known.text !== text) return this.#verify(keyid, text, now);
    const { signer } = known;
    if (now < signer.notBefore || now > signer.notAfter) throw refusal('the certificate is over');
    return signer;
  }

  async #verify(keyid: string, text: string, now: number): Promise<Signer> {
    const { signer, thumbprint } = await this.#certified(text, now);
    if (thumbprint !== keyid) throw refusal('it is of another key');
    if (this.#known.get(keyid)?.text !== text) this.#remember(keyid, { text, signer });
    return signer;
  }

  #certified(text: string, now: number): Promise<Certified> {
    const pending = this.#pending.get(text);
    if (pending !== undefined) return pending;
    if (this.#pending.size >= MAX_PENDING)
      throw new IdentityError('signature_overload', 'too many certificates at one time');
    const verdict = certify(this.trust, text, now).finally(() => this.#pending.delete(text));
    this.#pending.set(text, verdict);
    return verdict;
  }

  #remember(keyid: string, known: Known): void {
    const [oldest] = this.#known.size < MAX_KNOWN ? [] : this.#known.keys();
    if (oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(keyid, known);
  }
}

interface Certified {
  readonly signer: Signer;
  /** Of the leaf's key. */
  readonly thumbprint: string;
}

async function certify(trust: Trust, text: string, now: number): Promise<Certified> {
  if (text.length > MAX_TEXT) throw refusal('it is too long');
  const chain = decodeChain(text);
  const { id, leaf, notBefore, notAfter } = await verified(trust, chain, now);
  const key = await importEd25519(leaf.publicKey);
  if (key === undefined) throw refusal('its key is no point of the curve');
  const certificateHash = hex(await sha256(leaf.der));
  const [source, subject] = [formatSpiffeId(id), formatName(leaf.subject)];
  const signer = { id, source, certificateHash, subject, key, notBefore, notAfter };
  return { signer, thumbprint: await keyIdOf(leaf.publicKey) };
}

function decodeChain(text: string): Bytes[] {
  try {
    return text.split(', ', MAX_CERTIFICATES + 1).map(decodeBase64);
  } catch (cause) {
    throw refusal('it is not base64', cause);
  }
}

async function verified(trust: Trust, chain: readonly Bytes[], now: number): Promise<VerifiedSvid> {
  try {
    return await trust.verify({ chain, purpose: 'proof', now });
  } catch (cause) {
    throw refusal(cause instanceof Error ? cause.message : 'broken', cause);
  }
}

function refusal(detail: string, cause?: unknown): IdentityError {
  return new IdentityError('signature_certificate', `certificate of a signed request: ${detail}`, cause);
}
