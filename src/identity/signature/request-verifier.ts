import { type IdentityCode, IdentityError } from '../identity-error.ts';
import type { Trust } from '../trust.ts';
import type { NonceStore } from './nonce-memory.ts';
import {
  coveredComponents,
  inputText,
  MAX_AHEAD,
  MAX_LIFE,
  ProfileField,
  type ProfileParameters,
} from './profile.ts';
import { verifyEd25519 } from './proof-key.ts';
import { readSignature } from './read-signature.ts';
import { type SignedMessage, signatureBase } from './signature-base.ts';
import { type Signer, SignerTable } from './signer-table.ts';

/** Whom requests may be signed for here. */
export interface Receiver {
  /** Its own SPIFFE ID. */
  readonly id: string;
  /** What clients dial, in the form of `@authority`: another instance has another one. */
  readonly authority: string;
  /** Ms since the epoch; what was signed before may have been answered by an earlier process. */
  readonly startedAt: number;
}

/** What a verified request has proven. */
export interface VerifiedRequest {
  readonly signer: Signer;
  /**
   * Ms since the epoch; it may lie ahead. Nothing may be answered before: a process that starts until then could not
   * tell that it was.
   */
  readonly createdAt: number;
  /** The authority that was asked for. */
  readonly authority: string;
  readonly serverName: string;
}

const ENCODER = new TextEncoder();
/** What may happen twice (RFC 9110 §9.2.1). */
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Verifies requests that are signed by the profile `weft/1` (RFC 9421). */
export class RequestVerifier {
  readonly #trust: () => Trust | undefined;
  readonly #receiver: () => Receiver | undefined;
  readonly #nonces: NonceStore;
  readonly #shared: NonceStore | undefined;
  #signers: SignerTable | undefined;

  /** `trust` gives another object once it is another trust; `shared` is asked too for methods that are not safe. */
  constructor(
    trust: () => Trust | undefined,
    receiver: () => Receiver | undefined,
    nonces: NonceStore,
    shared?: NonceStore,
  ) {
    this.#trust = trust;
    this.#receiver = receiver;
    this.#nonces = nonces;
    this.#shared = shared;
  }

  /** Who signed this request for us, once: throws IdentityError in every other case. `now` in ms. */
  async verify(message: SignedMessage, now: number): Promise<VerifiedRequest> {
    const { components, list } = coveredComponents(message.headers);
    const { text, parameters, signature } = readSignature(message, list);
    if (text !== inputText(list, parameters)) throw refusal('signature_components', 'covers other things');
    checkWindow(parameters, now);
    const own = this.#receiver();
    checkDestination(message, parameters, own);
    const certificates = single(message, ProfileField.certificates);
    const signer = await this.#signer(parameters.keyid, certificates, now);
    if (single(message, ProfileField.source) !== signer.source)
      throw refusal('signature_source', 'is not by whom it says');
    const [authority, serverName] = [
      single(message, ProfileField.authority),
      single(message, ProfileField.serverName),
    ];
    const base = ENCODER.encode(signatureBase(components, text, message));
    if (!(await verifyEd25519(signer.key, signature, base)))
      throw refusal('signature_invalid', 'does not hold');
    await this.#useNonce(parameters, signer.source, now, SAFE.has(message.method ?? ''));
    return { signer, createdAt: parameters.created * 1000, authority, serverName };
  }

  #signer(keyid: string, certificates: string, now: number): Signer | Promise<Signer> {
    const trust = this.#trust();
    if (trust === undefined) throw refusal('signature_unready', 'comes before anybody is trusted');
    if (this.#signers?.trust !== trust) this.#signers = new SignerTable(trust);
    return this.#signers.find(keyid, certificates, now);
  }

  async #useNonce(
    { nonce, expires, keyid }: ProfileParameters,
    source: string,
    now: number,
    isSafe: boolean,
  ): Promise<void> {
    const used = [`${keyid}${nonce}`, expires, Math.floor(now / 1000), source] as const;
    const own = await this.#nonces.use(...used);
    const verdict = own !== 'fresh' || isSafe ? own : ((await this.#shared?.use(...used)) ?? own);
    if (verdict === 'used') throw refusal('signature_replayed', 'was used before');
    if (verdict === 'full') throw refusal('signature_overload', 'cannot be remembered');
  }
}

function checkWindow({ created, expires }: ProfileParameters, nowMs: number): void {
  const now = Math.floor(nowMs / 1000);
  if (expires <= created || expires - created > MAX_LIFE) throw refusal('signature_window', 'lives too long');
  if (created > now + MAX_AHEAD) throw refusal('signature_window', 'is from the future');
  if (expires < now) throw refusal('signature_window', 'has expired');
}

function checkDestination(
  message: SignedMessage,
  { created }: ProfileParameters,
  own: Receiver | undefined,
): void {
  if (own === undefined) throw refusal('signature_unready', 'comes before there is an identity');
  const destination = single(message, ProfileField.destination);
  if (destination !== own.id && !destination.split(', ').includes(own.id))
    throw refusal('signature_destination', 'is for somebody else');
  if (message.authority !== own.authority) throw refusal('signature_destination', 'is for another address');
  if (created * 1000 < own.startedAt) throw refusal('signature_unready', 'is older than this process');
}

/** A field of ours that stands there once. */
function single({ headers }: SignedMessage, name: string): string {
  const line = headers.indexOf(name);
  if (line < 0 || headers.indexOf(name, line + 1) >= 0)
    throw refusal('signature_malformed', `has not one ${name}`);
  return headers.valueAt(line);
}

function refusal(code: IdentityCode, detail: string): IdentityError {
  return new IdentityError(code, `request signature: ${detail}`);
}
