import { HeaderList } from '../../src/http/header-list.ts';
import { Authority } from '../../src/identity/authority/authority.ts';
import { NonceMemory } from '../../src/identity/signature/nonce-memory.ts';
import { ProfileField } from '../../src/identity/signature/profile.ts';
import { generateProofKey, type ProofKey, proofKey } from '../../src/identity/signature/proof-key.ts';
import { RequestVerifier, type VerifiedRequest } from '../../src/identity/signature/request-verifier.ts';
import { signRequest } from '../../src/identity/signature/sign-request.ts';
import type { SignedMessage } from '../../src/identity/signature/signature-base.ts';
import { workloadId } from '../../src/identity/spiffe.ts';
import { Trust } from '../../src/identity/trust.ts';
import { exportPublicKey } from '../../src/identity/x509/p256.ts';

/** A request whose fields can be edited. */
export interface SignedDraft extends SignedMessage {
  method: string;
  authority: string;
  path: string;
  query: string;
  headers: HeaderList;
}

export const GATEWAY = workloadId('cluster.local', 'istio-system', 'gateway');
export const OWN_ID = 'spiffe://cluster.local/ns/default/sa/web';
export const OWN_AUTHORITY = 'localhost:15008';

/** A gateway that signs and a workload that verifies, with a clock that is set by hand. */
export class SigningPair {
  readonly time: { now: number };
  readonly startedAt: number;
  readonly nonces = new NonceMemory();
  readonly authority: Authority;
  readonly key: ProofKey;
  readonly verifier: RequestVerifier;
  trust: Trust;
  #nonces = 0;

  private constructor(authority: Authority, key: ProofKey, time: { now: number }) {
    this.time = time;
    this.startedAt = time.now;
    this.authority = authority;
    this.key = key;
    this.trust = new Trust({ trustDomain: 'cluster.local', rootsPem: authority.bundle() });
    const receiver = () => ({ id: OWN_ID, authority: OWN_AUTHORITY, startedAt: this.startedAt });
    this.verifier = new RequestVerifier(() => this.trust, receiver, this.nonces);
  }

  static async create(now = Date.UTC(2026, 10, 23, 12)): Promise<SigningPair> {
    const time = { now };
    const random = { bytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)) };
    const authority = await Authority.create({
      clock: { now: () => time.now },
      random,
      trustDomain: 'cluster.local',
    });
    return new SigningPair(authority, await certifiedKey(authority), time);
  }

  /** A signed request; `edit` changes it before it is signed. */
  async signed(edit: (draft: SignedDraft) => void = () => undefined, key = this.key): Promise<SignedDraft> {
    const draft = this.draft(key);
    edit(draft);
    const nonce = new Uint8Array(16);
    new DataView(nonce.buffer).setUint32(0, ++this.#nonces);
    const { input, signature } = await signRequest(draft, { key, now: this.time.now, nonce });
    draft.headers.append('signature-input', input);
    draft.headers.append('signature', signature);
    return draft;
  }

  /** The same before it is signed. */
  draft(key = this.key): SignedDraft {
    const headers = HeaderList.from([
      ['content-type', 'application/json'],
      ['content-digest', 'sha-256=:RBNvo1WzZ4oRRq0W9+hknpT7T8If536DEMBg9hyq/4o=:'],
      ['authorization', 'Bearer token'],
      [ProfileField.source, key.source],
      [ProfileField.destination, `spiffe://cluster.local/ns/default/sa/other, ${OWN_ID}`],
      [ProfileField.certificates, key.chainText],
      [ProfileField.authority, 'shop.example'],
      [ProfileField.serverName, 'outbound_.80_._.web.default.svc.cluster.local'],
    ]);
    return { method: 'POST', authority: OWN_AUTHORITY, path: '/orders', query: '?a=1&b=2', headers };
  }

  /** `verified`, or the code of the refusal. */
  async verdict(message: SignedMessage): Promise<string> {
    return this.verify(message).then(
      () => 'verified',
      (error: unknown) => String(Object(error).code),
    );
  }

  verify(message: SignedMessage): Promise<VerifiedRequest> {
    return this.verifier.verify(message, this.time.now);
  }
}

/** A proof key for the gateway. */
export async function certifiedKey(authority: Authority, id = GATEWAY, ttlMs = 3_600_000): Promise<ProofKey> {
  const pair = await generateProofKey();
  const publicKey = await exportPublicKey(pair.publicKey);
  const issued = await authority.issueSpecial(publicKey, { kind: 'proof', id }, ttlMs);
  return proofKey(pair.privateKey, publicKey, { ...issued, id });
}
