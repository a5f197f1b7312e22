import { compactVerify, importPKCS8, SignJWT } from 'jose';
import { type Bytes, decodeBase64, encodeBase64 } from './bytes.ts';
import { gateCompactJws } from './compact-jws.ts';
import { DenyList } from './deny-list.ts';
import { type IdentityCode, IdentityError } from './identity-error.ts';
import { list, literal, type Read, record, type Shape, ShapeError, text, whole } from './json-shape.ts';
import { decodePem } from './pem.ts';
import type { ReplayCache } from './replay-cache.ts';
import { formatSpiffeId, type SpiffeId } from './spiffe.ts';
import type { Bundle, Svid } from './svid.ts';
import { parseCertificate } from './x509/certificate.ts';
import { importPublicKey } from './x509/p256.ts';
import { serialText } from './x509/serial-text.ts';
import { type VerifiedSvid, verifySvidChain } from './x509/svid-chain.ts';

/** The request that a proof is for. `now` in milliseconds since the epoch. */
export interface ProofTarget {
  /** Mesh id. */
  readonly aud: string;
  readonly method: string;
  /** Raw path and query, as sent. */
  readonly path: string;
  readonly now: number;
  /** Fresh for every proof: 16 to 64 characters of base64url. */
  readonly jti: string;
}

/** What a proof is judged against. `now` in milliseconds since the epoch. */
export interface ProofCheck {
  readonly bundle: Bundle;
  readonly trustDomain: string;
  readonly audience: string;
  readonly method: string;
  readonly path: string;
  readonly now: number;
  /** Shared by all checks of one audience. */
  readonly seen: ReplayCache;
  /** For so long after its end an SVID still proves who it was, ms; not at all unless given. */
  readonly graceMs?: number;
}

/** A bearer proof of an SVID for one request: a JWT of 60 s, ES256 by the SVID's key, its chain in `x5c`. */
export async function createProof(svid: Svid, target: ProofTarget): Promise<string> {
  const x5c = decodePem('CERTIFICATE', svid.chainPem).map(encodeBase64);
  const iat = Math.floor(target.now / 1000);
  const claims = { htm: target.method, htu: target.path };
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'ES256', typ: TYPE, x5c })
    .setSubject(formatSpiffeId(svid.id))
    .setAudience(target.aud)
    .setJti(target.jti)
    .setIssuedAt(iat)
    .setExpirationTime(iat + LIFE)
    .sign(await importPKCS8(svid.keyPem, 'ES256'));
}

/** Who sent a proof, once: its chain leads to the bundle and its key signed this request. Throws IdentityError. */
export async function verifyProof(jwt: string, check: ProofCheck): Promise<SpiffeId> {
  return (await verifySvidProof(jwt, check)).id;
}

/** As `verifyProof`; with the leaf, which may be one that is over where `graceMs` says so. */
export async function verifySvidProof(jwt: string, check: ProofCheck): Promise<VerifiedSvid> {
  const parts = gateCompactJws(jwt, MAX_LENGTH);
  const { x5c } = readShape(headerShape, parts.header, 'header');
  const claims = readShape(claimsShape, parts.payload, 'claims');
  const chain = x5c.map(decodeBase64);
  const roots = decodePem('CERTIFICATE', check.bundle.rootsPem);
  if (check.bundle.trustDomain !== check.trustDomain)
    throw refusal('svid_trust_domain', 'bundle of another domain');
  const { trustDomain, now } = check;
  const svid = await verifySvidChain({ chain, roots, trustDomain, now: chainTime(chain, check) });
  if (DenyList.of(check.bundle.denied).denies(svid.id, serialText(svid.leaf)))
    throw refusal('svid_denied', 'the certificate or its owner is denied');
  await checkSignature(jwt, svid.leaf.publicKey);
  checkClaims(claims, svid.id, check);
  const key = `${claims.sub} ${claims.jti}`;
  if (!check.seen.use(key, (claims.exp + SKEW) * 1000, now, claims.sub))
    throw refusal('proof_replayed', 'used before, or too many at one time');
  return svid;
}

/** Now; within the grace of a leaf that is over, its last moment. */
function chainTime([leaf]: readonly Bytes[], { now, graceMs = 0 }: ProofCheck): number {
  if (leaf === undefined || graceMs <= 0) return now;
  const { notAfter } = parseCertificate(leaf);
  return now > notAfter && now - notAfter <= graceMs ? notAfter : now;
}

const TYPE = 'weft-proof+jwt';
/** Seconds. */
const LIFE = 60;
const SKEW = 60;
/** Four certificates, encoded twice. */
const MAX_LENGTH = 16 * 1024;

const headerShape = record({
  alg: literal('ES256'),
  typ: literal(TYPE),
  x5c: list(text(4096), 4),
});

const claimsShape = record({
  sub: text(2048),
  aud: text(2048),
  htm: text(64),
  htu: text(4096),
  iat: whole,
  exp: whole,
  jti: text(64, /^[A-Za-z0-9_-]{16,64}$/),
});

type Claims = Read<typeof claimsShape>;

function readShape<T>(shape: Shape<T>, value: unknown, part: string): T {
  try {
    return shape(value, part);
  } catch (cause) {
    if (cause instanceof ShapeError) throw refusal('proof_malformed', cause.message);
    throw cause;
  }
}

async function checkSignature(jwt: string, publicKey: Uint8Array): Promise<void> {
  const key = await importPublicKey(publicKey);
  if (key === undefined) throw refusal('proof_signature', 'key is no point of the curve');
  try {
    await compactVerify(jwt, key, { algorithms: ['ES256'] });
  } catch (cause) {
    throw new IdentityError('proof_signature', 'proof is not signed by the key of its leaf', cause);
  }
}

function checkClaims(claims: Claims, id: SpiffeId, check: ProofCheck): void {
  if (claims.sub !== formatSpiffeId(id)) throw refusal('proof_claims', 'sub is not the leaf');
  if (claims.aud !== check.audience) throw refusal('proof_claims', 'aud is not this mesh');
  if (claims.htm !== check.method || claims.htu !== check.path)
    throw refusal('proof_claims', 'other request');
  const now = check.now / 1000;
  if (claims.exp <= claims.iat || claims.exp - claims.iat > LIFE)
    throw refusal('proof_window', 'lives too long');
  if (claims.iat > now + SKEW) throw refusal('proof_window', 'from the future');
  if (claims.exp < now - SKEW) throw refusal('proof_window', 'expired');
}

function refusal(code: IdentityCode, detail: string): IdentityError {
  return new IdentityError(code, `proof: ${detail}`);
}
