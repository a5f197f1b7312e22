import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type { Authority } from '../../src/identity/authority/authority.ts';
import { JOIN_PATH, RENEW_PATH } from '../../src/identity/enrol.ts';
import { decodePem, encodePem } from '../../src/identity/pem.ts';
import { createProof, type ProofTarget } from '../../src/identity/proof.ts';
import type { Svid } from '../../src/identity/svid.ts';
import { exportPrivateKey, generateKey } from '../../src/identity/x509/p256.ts';
import { Attestor, certifiedId } from '../support/attestor.ts';
import { adminName, badCsrs } from '../support/bad-csrs.ts';
import { NOON, testAuthority, testSvid } from '../support/identity-mesh.ts';
import { rawCsr } from '../support/raw-csr.ts';

const HOUR = 3_600_000;
const MINUTE = 60_000;
const id = 'spiffe://cluster.local/ns/default/sa/reviews';
const authority = testAuthority();

const at = (token: string, part: number, change: (part: string) => string) =>
  token
    .split('.')
    .map((one, i) => (i === part ? change(one) : one))
    .join('.');
const flipped = (part: string) => (part.startsWith('A') ? 'B' : 'A') + part.slice(1);

const joins: [string, (attestor: Attestor) => Promise<string>, string][] = [
  ['no token', async () => '', 'malformed'],
  ['another prefix', async (a) => at(await a.token(), 0, () => 'weft'), 'malformed'],
  ['a prefix in capitals', async (a) => at(await a.token(), 0, (one) => one.toUpperCase()), 'malformed'],
  ['a fourth part', async (a) => `${await a.token()}.a`, 'malformed'],
  ['no secret', async (a) => at(await a.token(), 2, () => ''), 'malformed'],
  ['half a secret', async (a) => at(await a.token(), 2, (one) => one.slice(0, 22)), 'malformed'],
  ['padding', async (a) => `${await a.token()}=`, 'malformed'],
  ['a space', async (a) => ` ${await a.token()}`, 'malformed'],
  ['a name with a slash', async (a) => at(await a.token(), 1, () => '../authority'), 'malformed'],
  ['another secret', async (a) => at(await a.token(), 2, flipped), 'wrong_secret'],
  [
    'the secret of another token',
    async (a) => {
      const [, , secret = ''] = (await a.token()).split('.');
      return at(await a.token(), 2, () => secret);
    },
    'wrong_secret',
  ],
  ['a name that nobody minted', async (a) => at(await a.token(), 1, flipped), 'unknown'],
  ['the token of another mesh', async () => new Attestor(await authority).token(), 'unknown'],
  [
    'a token that is spent',
    async (a) => {
      const token = await a.token();
      await a.tokens.redeem(token);
      return token;
    },
    'used',
  ],
  [
    'a token of 10 minutes ago',
    async (a) => {
      const token = await a.token();
      a.clock.time += 10 * MINUTE;
      return token;
    },
    'expired',
  ],
];

const bodies: [string, (token: string, csr: string) => unknown][] = [
  ['no JSON', (token) => token],
  ['a list', (token, csr) => [token, csr]],
  ['no request', (token) => ({ token })],
  ['no token', (_, csr) => ({ csr })],
  ['a field that wants an ID', (token, csr) => ({ token, csr, id })],
  ['a field that wants a life', (token, csr) => ({ token, csr, ttlMs: 1 })],
  ['a number for a token', (_, csr) => ({ token: 1, csr })],
  ['a token of 129 characters', (_, csr) => ({ token: 'a'.repeat(129), csr })],
  ['a request of more than 16 KiB', (token) => ({ token, csr: 'a'.repeat(16 * 1024 + 1) })],
];

let proofs = 0;
async function proofOf(svid: Svid, change: Partial<ProofTarget> = {}): Promise<string> {
  proofs += 1;
  const jti = `proof-of-a-test-${String(proofs).padStart(4, '0')}`;
  const target = { aud: 'demo', method: 'POST', path: RENEW_PATH, now: NOON, jti, ...change };
  return `Bearer ${await createProof(svid, target)}`;
}

const svidOf = async (ca: Authority, account = 'reviews') => (await testSvid(ca, account)).svid;

const renewals: [string, (attestor: Attestor) => Promise<string | undefined>][] = [
  ['no proof', async () => undefined],
  ['an empty proof', async () => 'Bearer '],
  ['a join token as its proof', async (a) => `Bearer ${await a.token()}`],
  ['another scheme', async (a) => (await proofOf(await svidOf(a.authority))).replace('Bearer', 'Basic')],
  ['a proof for another path', async (a) => proofOf(await svidOf(a.authority), { path: JOIN_PATH })],
  ['a proof for another method', async (a) => proofOf(await svidOf(a.authority), { method: 'GET' })],
  ['a proof for another mesh', async (a) => proofOf(await svidOf(a.authority), { aud: 'other' })],
  ['a proof of the past', async (a) => proofOf(await svidOf(a.authority), { now: NOON - 3 * MINUTE })],
  ['a proof of the future', async (a) => proofOf(await svidOf(a.authority), { now: NOON + 3 * MINUTE })],
  ['a proof with a weak nonce', async (a) => proofOf(await svidOf(a.authority), { jti: 'short' })],
  ['the SVID of another mesh', async () => proofOf(await svidOf(await testAuthority()))],
  [
    'an SVID that is over',
    async (a) => {
      const proof = await proofOf(await svidOf(a.authority), { now: NOON + 2 * HOUR });
      a.clock.time = NOON + 2 * HOUR;
      return proof;
    },
  ],
  [
    'the chain of one and the key of another',
    async (a) => {
      const keyPem = encodePem('PRIVATE KEY', await exportPrivateKey((await generateKey()).privateKey));
      return proofOf({ ...(await svidOf(a.authority)), keyPem });
    },
  ],
  [
    'the ID of another',
    async (a) => {
      const { id: admin } = await svidOf(a.authority, 'admin');
      return proofOf({ ...(await svidOf(a.authority)), id: admin });
    },
  ],
  [
    'a leaf without its intermediate',
    async (a) => {
      const svid = await svidOf(a.authority);
      const [leaf = new Uint8Array()] = decodePem('CERTIFICATE', svid.chainPem);
      return proofOf({ ...svid, chainPem: encodePem('CERTIFICATE', leaf) });
    },
  ],
  [
    'a proof that was used',
    async (a) => {
      const proof = await proofOf(await svidOf(a.authority));
      await a.post(RENEW_PATH, {}, proof);
      return proof;
    },
  ],
];

describe('attestation', () => {
  let attestor: Attestor;

  beforeEach(async () => {
    attestor = new Attestor(await authority);
  });

  test('certifies whom the token was minted for', async () => {
    const answer = await attestor.post(JOIN_PATH, { token: await attestor.token(), csr: await rawCsr() });
    assert.equal(await certifiedId(answer), id);
    assert.equal(await attestor.issued(), 1);
  });

  test('certifies again whom an SVID names', async () => {
    const proof = await proofOf(await svidOf(attestor.authority, 'ratings'));
    const answer = await attestor.post(RENEW_PATH, { csr: await rawCsr() }, proof);
    assert.equal(await certifiedId(answer), 'spiffe://cluster.local/ns/default/sa/ratings');
  });

  for (const [what, make, code] of badCsrs) {
    test(`refuses a request with ${what}, and leaves the token unspent`, async () => {
      const token = await attestor.token();
      const refused = await attestor.post(JOIN_PATH, { token, csr: await make() });
      assert.deepEqual([refused.status, await refused.text()], [403, 'refused']);
      assert.deepEqual(attestor.log.events, ['warn identity refused']);
      assert.equal(await attestor.issued(), 0);
      await assert.rejects(
        attestor.authority.issue(await make(), (await svidOf(attestor.authority)).id, HOUR),
        { code },
      );
      assert.equal(await certifiedId(await attestor.post(JOIN_PATH, { token, csr: await rawCsr() })), id);
    });
  }

  for (const [what, make, reason] of joins) {
    test(`refuses to join with ${what}, without saying why`, async () => {
      const token = await make(attestor);
      const refused = await attestor.post(JOIN_PATH, { token, csr: await rawCsr() });
      assert.deepEqual([refused.status, await refused.text()], [403, 'refused']);
      assert.equal(await attestor.issued(), 0);
      await assert.rejects(attestor.tokens.redeem(token), { reason });
    });
  }

  for (const [what, make] of bodies) {
    test(`refuses a body with ${what}`, async () => {
      const token = await attestor.token();
      const refused = await attestor.post(JOIN_PATH, make(token, await rawCsr()));
      assert.deepEqual([refused.status, await refused.text()], [400, 'malformed body']);
      assert.equal(await attestor.issued(), 0);
      await attestor.tokens.redeem(token);
    });
  }

  for (const [what, make] of renewals) {
    test(`refuses to renew with ${what}`, async () => {
      const refused = await attestor.post(RENEW_PATH, { csr: await rawCsr() }, await make(attestor));
      assert.equal(refused.status, 401);
      assert.equal(await attestor.issued(), 0);
    });
  }

  test('refuses to renew with a request that wants more', async () => {
    const proof = await proofOf(await svidOf(attestor.authority));
    const refused = await attestor.post(RENEW_PATH, { csr: await rawCsr({ subject: adminName }) }, proof);
    assert.equal(refused.status, 403);
    assert.equal(await attestor.issued(), 0);
  });
});
