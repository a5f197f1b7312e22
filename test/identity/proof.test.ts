import assert from 'node:assert/strict';
import { before, beforeEach, describe, test } from 'node:test';
import { importPKCS8, type JWTPayload, SignJWT } from 'jose';
import type { Authority } from '../../src/identity/authority/authority.ts';
import { encodeBase64, encodeBase64Url } from '../../src/identity/bytes.ts';
import { decodePem } from '../../src/identity/pem.ts';
import { createProof, type ProofCheck, verifyProof } from '../../src/identity/proof.ts';
import { ReplayCache } from '../../src/identity/replay-cache.ts';
import {
  coded,
  NOON,
  type TestSvid,
  TRUST_DOMAIN,
  testAuthority,
  testBundle,
  testSvid,
} from '../support/identity-mesh.ts';

const jti = 'abcdefghijklmnop';
const target = { aud: 'demo', method: 'POST', path: '/v1/renew', now: NOON, jti };
const now = Math.floor(NOON / 1000);

describe('a proof', () => {
  let authority: Authority;
  let reviews: TestSvid;
  let ratings: TestSvid;
  let check: ProofCheck;

  before(async () => {
    authority = await testAuthority();
    [reviews, ratings] = [await testSvid(authority, 'reviews'), await testSvid(authority, 'ratings')];
  });

  beforeEach(() => {
    check = {
      bundle: testBundle(authority),
      trustDomain: TRUST_DOMAIN,
      audience: 'demo',
      method: 'POST',
      path: '/v1/renew',
      now: NOON,
      seen: new ReplayCache(),
    };
  });

  const x5cOf = ({ svid }: TestSvid) => decodePem('CERTIFICATE', svid.chainPem).map(encodeBase64);
  const claims = {
    htm: 'POST',
    htu: '/v1/renew',
    sub: 'spiffe://cluster.local/ns/default/sa/reviews',
    aud: 'demo',
    jti,
    iat: now,
    exp: now + 60,
  };

  /** Signed by reviews, with any header and claims. */
  async function signed(header: object, more: object, key = reviews): Promise<string> {
    const protectedHeader = { alg: 'ES256', typ: 'weft-proof+jwt', x5c: x5cOf(reviews), ...header };
    const payload = JSON.parse(JSON.stringify({ ...claims, ...more })) as JWTPayload;
    return new SignJWT(payload)
      .setProtectedHeader(protectedHeader)
      .sign(await importPKCS8(key.svid.keyPem, 'ES256'));
  }

  test('tells who sent the request', async () => {
    assert.deepEqual(await verifyProof(await createProof(reviews.svid, target), check), reviews.svid.id);
    assert.deepEqual(
      await verifyProof(await signed({}, { jti: 'another-one-of-them' }), check),
      reviews.svid.id,
    );
  });

  test('is good once', async () => {
    const proof = await createProof(reviews.svid, target);
    await verifyProof(proof, check);
    await assert.rejects(verifyProof(proof, check), coded('proof_replayed'));
    const outcomes = await Promise.allSettled(
      Array.from({ length: 20 }, async () => verifyProof(await createProof(ratings.svid, target), check)),
    );
    assert.equal(outcomes.filter((one) => one.status === 'fulfilled').length, 1);
  });

  test('is refused when the cache of used ones is full', async () => {
    const full = { ...check, seen: new ReplayCache(0) };
    await assert.rejects(verifyProof(await createProof(reviews.svid, target), full), coded('proof_replayed'));
  });

  const elsewhere: [string, Partial<ProofCheck>, string][] = [
    ['another mesh', { audience: 'other' }, 'proof_claims'],
    ['another method', { method: 'GET' }, 'proof_claims'],
    ['another path', { path: '/v1/renew?a' }, 'proof_claims'],
    ['another trust domain', { trustDomain: 'other' }, 'svid_trust_domain'],
    ['a time too late', { now: NOON + 121_000 }, 'proof_window'],
    ['a time too early', { now: NOON - 61_000 }, 'proof_window'],
    ['a time after the leaf', { now: NOON + 7_200_000 }, 'certificate_expired'],
    ['a time before the leaf', { now: NOON - 7_200_000 }, 'certificate_not_yet_valid'],
  ];
  for (const [what, change, code] of elsewhere) {
    test(`is refused for ${what}`, async () => {
      await assert.rejects(
        verifyProof(await createProof(reviews.svid, target), { ...check, ...change }),
        coded(code),
      );
    });
  }

  test('is refused by a bundle of another root', async () => {
    const bundle = testBundle(await testAuthority());
    await assert.rejects(
      verifyProof(await createProof(reviews.svid, target), { ...check, bundle }),
      coded('chain_root'),
    );
  });

  const forged: [string, () => Promise<string>, string][] = [
    ['the chain of another', () => signed({ x5c: x5cOf(ratings) }, {}), 'proof_signature'],
    [
      'the name of another',
      () => signed({}, { sub: 'spiffe://cluster.local/ns/default/sa/ratings' }),
      'proof_claims',
    ],
    ['no chain', () => signed({ x5c: [] }, {}), 'proof_malformed'],
    ['five certificates', () => signed({ x5c: Array(5).fill(x5cOf(reviews)[0]) }, {}), 'proof_malformed'],
    ['the leaf alone', () => signed({ x5c: x5cOf(reviews).slice(0, 1) }, {}), 'chain_root'],
    [
      'a chain in base64url',
      () => signed({ x5c: [x5cOf(reviews)[0]?.replace(/=*$/, '-')] }, {}),
      'base64_malformed',
    ],
    ['another type', () => signed({ typ: 'JWT' }, {}), 'proof_malformed'],
    ['a key in the header', () => signed({ jwk: {} }, {}), 'proof_malformed'],
    ['a key id', () => signed({ kid: 'a' }, {}), 'proof_malformed'],
    ['two audiences', () => signed({}, { aud: ['demo', 'other'] }), 'proof_malformed'],
    ['an unknown claim', () => signed({}, { admin: true }), 'proof_malformed'],
    ['no jti', () => signed({}, { jti: undefined }), 'proof_malformed'],
    ['a short jti', () => signed({}, { jti: 'a' }), 'proof_malformed'],
    ['no end', () => signed({}, { exp: undefined }), 'proof_malformed'],
    ['an end as text', () => signed({}, { exp: String(now + 60) }), 'proof_malformed'],
    ['a life of 61 s', () => signed({}, { exp: now + 61 }), 'proof_window'],
    ['an end before its start', () => signed({}, { exp: now - 1 }), 'proof_window'],
    ['a start in the future', () => signed({}, { iat: now + 62, exp: now + 90 }), 'proof_window'],
  ];
  for (const [what, make, code] of forged) {
    test(`is refused with ${what}`, async () => {
      await assert.rejects(verifyProof(await make(), check), coded(code));
    });
  }

  test('is refused under alg none, HS256 and ES384', async () => {
    const [, payload, signature] = (await createProof(reviews.svid, target)).split('.');
    for (const alg of ['none', 'HS256', 'ES384', 'es256']) {
      const header = JSON.stringify({ alg, typ: 'weft-proof+jwt', x5c: x5cOf(reviews) });
      const encoded = encodeBase64Url(new TextEncoder().encode(header));
      await assert.rejects(
        verifyProof(`${encoded}.${payload}.${signature}`, check),
        coded('proof_malformed'),
      );
    }
  });

  test('is refused in any other spelling', async () => {
    const proof = await createProof(reviews.svid, target);
    const [header = '', payload = '', signature = ''] = proof.split('.');
    const spaced = encodeBase64Url(new TextEncoder().encode(`${Buffer.from(payload, 'base64url')} `));
    const doubled = encodeBase64Url(
      new TextEncoder().encode(`{"aud":"demo",${String(Buffer.from(payload, 'base64url')).slice(1)}`),
    );
    const spellings = [
      `${proof}=`,
      ` ${proof}`,
      `${proof}\n`,
      `${proof}.`,
      `.${proof}`,
      `${header}.${payload}.`,
      `${header}.${payload}`,
      `${header}..${signature}`,
      `${header}.${spaced}.${signature}`,
      `${header}.${doubled}.${signature}`,
      `${header}.${payload}.${signature.slice(0, 20)} ${signature.slice(20)}`,
      'a'.repeat(1_000_000),
      '',
      '.',
      '..',
      '....',
    ];
    for (const spelling of spellings)
      await assert.rejects(verifyProof(spelling, check), coded('proof_malformed'));
    await verifyProof(proof, check);
  });

  test('is refused with any bit of its signature or claims changed', async () => {
    const proof = await createProof(reviews.svid, target);
    const start = proof.indexOf('.') + 1;
    for (let at = start; at < proof.length; at += 5) {
      const other = proof[at] === 'A' ? 'B' : 'A';
      await assert.rejects(verifyProof(proof.slice(0, at) + other + proof.slice(at + 1), check));
    }
  });
});
