import { type Bytes, hex, sameBytes, sha256 } from './bytes.ts';
import { type IdentityCode, IdentityError } from './identity-error.ts';
import type { JoinBundle } from './join-bundle.ts';
import type { Membership } from './membership.ts';
import { decodeOnePem, decodePem, encodePem } from './pem.ts';
import { createProof } from './proof.ts';
import { type SpiffeId, sameSpiffeId, workloadId } from './spiffe.ts';
import type { Bundle, Svid } from './svid.ts';
import { createCsr } from './x509/csr.ts';
import { exportPrivateKey, exportPublicKey, generateKey, importKeyPair } from './x509/p256.ts';
import { type VerifiedSvid, verifySvidChain } from './x509/svid-chain.ts';

/** POSTs JSON to control and gives the JSON of a 200; with a proof, as `authorization: Bearer <proof>`. */
export type ControlRequest = (path: string, body: unknown, proof?: string) => Promise<unknown>;

interface Inputs {
  readonly request: ControlRequest;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export interface EnrolInputs extends Inputs {
  readonly bundle: JoinBundle;
}

/** How a workload without an SVID proves who it is, besides a join token: by a token of an issuer, or not at all. */
export type Evidence = { readonly kind: 'token'; readonly token: string } | { readonly kind: 'development' };

export interface AttestInputs extends Inputs {
  readonly bundle: Membership;
  readonly evidence: Evidence;
}

export interface RenewInputs extends Inputs {
  readonly bundle: Membership;
  /** The SVID of this moment: it proves who asks. */
  readonly svid: Svid;
  /** Fresh: 16 to 64 characters of base64url. */
  readonly jti: string;
}

/** What a workload gets: its SVID, and the roots to judge peers by. */
export interface Enrolment {
  readonly svid: Svid;
  readonly bundle: Bundle;
}

/** What was certified: DER, leaf first, and the roots. */
export interface Certified {
  readonly chain: readonly Bytes[];
  readonly roots: readonly Bytes[];
  readonly keys: CryptoKeyPair;
  readonly membership: Membership;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * The endpoints of control. Bodies: `{token, csr}` of a join bundle or of an issuer, `{csr}` with a proof, and
 * `{namespace, serviceAccount, csr}`; all answer `{chain, roots}`, PEM.
 */
export const JOIN_PATH = '/v1/join';
export const ATTEST_PATH = '/v1/attest';
export const RENEW_PATH = '/v1/renew';
export const RE_ATTEST_PATH = '/v1/re-attest';
export const DEVELOPMENT_PATH = '/v1/attest/development';

/** First SVID: a new key, a request and the join token. Believes nothing that the root's hash does not cover. */
export async function enrol({ bundle, request, now }: EnrolInputs): Promise<Enrolment> {
  const keys = await generateKey();
  const answer = await request(JOIN_PATH, { token: bundle.token, csr: await createCsr(keys) });
  return accept(answer, keys, bundle, now());
}

/** First SVID of a workload that has other evidence than a join token. */
export async function attest({ bundle, evidence, request, now }: AttestInputs): Promise<Enrolment> {
  const keys = await generateKey();
  const csr = await createCsr(keys);
  const { namespace, serviceAccount } = bundle;
  const answer =
    evidence.kind === 'token'
      ? await request(ATTEST_PATH, { token: evidence.token, csr })
      : await request(DEVELOPMENT_PATH, { namespace, serviceAccount, csr });
  return accept(answer, keys, bundle, now());
}

/** The SVID after one that is over: for the same key, which proves whose it was. The next renewal changes the key. */
export async function reAttest({ bundle, request, now, svid, jti }: RenewInputs): Promise<Enrolment> {
  const keys = await importKeyPair(decodeOnePem('PRIVATE KEY', svid.keyPem));
  const target = { aud: bundle.mesh, method: 'POST', path: RE_ATTEST_PATH, now: now(), jti };
  const proof = await createProof(svid, target);
  const answer = await request(RE_ATTEST_PATH, { csr: await createCsr(keys) }, proof);
  return accept(answer, keys, bundle, now());
}

/** Next SVID: a new key, and the SVID in use as proof. */
export async function renew({ bundle, request, now, svid, jti }: RenewInputs): Promise<Enrolment> {
  const keys = await generateKey();
  const target = { aud: bundle.mesh, method: 'POST', path: RENEW_PATH, now: now(), jti };
  const proof = await createProof(svid, target);
  const answer = await request(RENEW_PATH, { csr: await createCsr(keys) }, proof);
  return accept(answer, keys, bundle, now());
}

/**
 * The SVID of a key, and its roots, once both are proven: every root is the pinned one, the chain leads to it, is for
 * this key and names this workload. Throws IdentityError.
 */
export async function certified({ chain, roots, keys, membership, now }: Certified): Promise<Enrolment> {
  await checkRoots(roots, membership);
  const { trustDomain, namespace, serviceAccount } = membership;
  const verified = await verifySvidChain({ chain, roots, trustDomain, now });
  const { id, leaf } = verified;
  await checkLeaf(verified, keys, workloadId(trustDomain, namespace, serviceAccount));
  const svid: Svid = {
    id,
    chainPem: joinPem(chain),
    keyPem: encodePem('PRIVATE KEY', await exportPrivateKey(keys.privateKey)),
    notBefore: leaf.notBefore,
    notAfter: leaf.notAfter,
  };
  return { svid, bundle: { trustDomain, rootsPem: joinPem(roots) } };
}

function accept(
  answer: unknown,
  keys: CryptoKeyPair,
  membership: Membership,
  now: number,
): Promise<Enrolment> {
  return certified({ ...readAnswer(answer), keys, membership, now });
}

/** Fields that are not known are let be: control may be newer. */
function readAnswer(answer: unknown): { chain: Bytes[]; roots: Bytes[] } {
  const { chain, roots } = Object(answer) as { readonly chain?: unknown; readonly roots?: unknown };
  if (typeof chain !== 'string' || typeof roots !== 'string')
    throw refusal('join_answer', 'is not {chain, roots}');
  return { chain: decodePem('CERTIFICATE', chain), roots: decodePem('CERTIFICATE', roots) };
}

/** Every root must be a pinned one: another would let its holder name any workload. */
async function checkRoots(
  roots: readonly Bytes[],
  { rootHash, otherRootHashes = [] }: Membership,
): Promise<void> {
  if (roots.length === 0) throw refusal('join_root', 'has no root');
  const pinned = [rootHash, ...otherRootHashes];
  for (const root of roots) {
    if (!pinned.includes(hex(await sha256(root))))
      throw refusal('join_root', 'has a root that is not pinned');
  }
}

async function checkLeaf(verified: VerifiedSvid, keys: CryptoKeyPair, expected: SpiffeId): Promise<void> {
  if (!sameBytes(verified.leaf.publicKey, await exportPublicKey(keys.publicKey))) {
    throw refusal('join_key', 'certifies a key that is not ours');
  }
  if (!sameSpiffeId(verified.id, expected)) throw refusal('join_id', 'names another workload');
}

function joinPem(certificates: readonly Bytes[]): string {
  return certificates.map((der) => encodePem('CERTIFICATE', der)).join('');
}

function refusal(code: IdentityCode, detail: string): IdentityError {
  return new IdentityError(code, `control's answer ${detail}`);
}
