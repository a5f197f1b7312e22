import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { JOIN_PATH, RE_ATTEST_PATH, RENEW_PATH } from '../../../src/identity/enrol.ts';
import { createProof, type ProofTarget } from '../../../src/identity/proof.ts';
import { createCsr } from '../../../src/identity/x509/csr.ts';
import { generateKey } from '../../../src/identity/x509/p256.ts';
import { Attestor, certifiedId } from '../../support/attestor.ts';
import { adminName } from '../../support/bad-csrs.ts';
import { NOON, type TestSvid, testAuthority, testSvid } from '../../support/identity-mesh.ts';
import { rawCsr } from '../../support/raw-csr.ts';

const [HOUR, DAY] = [3_600_000, 86_400_000];
const authority = testAuthority();
/** An SVID that lives until 13:00, and another of the same workload. */
const ours = authority.then((ca) => testSvid(ca, 'reviews'));
const another = authority.then((ca) => testSvid(ca, 'reviews'));
const id = 'spiffe://cluster.local/ns/default/sa/reviews';

interface Asked {
  /** After the end of the SVID, ms. */
  readonly late: number;
  readonly proves: TestSvid;
  /** Whose key is to be certified. */
  readonly certify: TestSvid;
  readonly target: Partial<ProofTarget>;
}

let proofs = 0;

async function ask(attestor: Attestor, change: Partial<Asked> = {}, more: { csr?: string } = {}) {
  const { late = DAY, proves = await ours, certify = await ours, target = {} } = change;
  const now = proves.svid.notAfter + late;
  attestor.clock.time = now;
  proofs += 1;
  const jti = `re-attestation-${String(proofs).padStart(6, '0')}`;
  const made = await createProof(proves.svid, {
    ...{ aud: 'demo', method: 'POST', path: RE_ATTEST_PATH, now, jti },
    ...target,
  });
  return attestor.post(
    RE_ATTEST_PATH,
    { csr: more.csr ?? (await createCsr(certify.keys)) },
    `Bearer ${made}`,
  );
}

const refusals: readonly [string, (attestor: Attestor) => Promise<Response>, string][] = [
  ['7 days and a second after it', (a) => ask(a, { late: 7 * DAY + 1000 }), 'certificate_expired'],
  ['a month after it', (a) => ask(a, { late: 30 * DAY }), 'certificate_expired'],
  ['another key', async (a) => ask(a, { certify: await another }), 'other_key'],
  [
    'the key of a thief who has the proof only',
    async (a) => ask(a, {}, { csr: await createCsr(await generateKey()) }),
    'other_key',
  ],
  [
    'the chain of one SVID and the key of another',
    async (a) =>
      ask(a, {
        proves: { ...(await ours), svid: { ...(await ours).svid, keyPem: (await another).svid.keyPem } },
      }),
    'proof_signature',
  ],
  [
    'the SVID of another mesh',
    async (a) => {
      const foreign = await testSvid(await testAuthority(), 'reviews');
      return ask(a, { proves: foreign, certify: foreign });
    },
    'chain_root',
  ],
  ['a proof for a renewal', (a) => ask(a, { target: { path: RENEW_PATH } }), 'proof_claims'],
  ['a proof for another mesh', (a) => ask(a, { target: { aud: 'other' } }), 'proof_claims'],
  ['a proof of when the SVID was valid', (a) => ask(a, { target: { now: NOON } }), 'proof_window'],
  ['a proof of tomorrow', (a) => ask(a, { target: { now: NOON + 3 * DAY } }), 'proof_window'],
  [
    'no proof',
    async (a) => a.post(RE_ATTEST_PATH, { csr: await createCsr((await ours).keys) }),
    'proof_malformed',
  ],
  [
    'a join token for a proof',
    async (a) =>
      a.post(RE_ATTEST_PATH, { csr: await createCsr((await ours).keys) }, `Bearer ${await a.token()}`),
    'proof_malformed',
  ],
  [
    'a request that wants a name',
    async (a) => ask(a, {}, { csr: await rawCsr({ subject: adminName }) }),
    'csr_subject',
  ],
  [
    'a workload that is denied',
    async (a) => {
      a.deny(id);
      return ask(a);
    },
    'denied',
  ],
  [
    'a certificate that is denied',
    async (a) => {
      a.deny((await ours).issued.serial);
      return ask(a);
    },
    'denied',
  ],
];

describe('re-attestation', () => {
  let attestor: Attestor;
  beforeEach(async () => {
    attestor = new Attestor(await authority);
  });

  for (const late of [1000, HOUR, 7 * DAY - 1000])
    test(`certifies the same key again ${late / 1000} s after the end`, async () => {
      assert.equal(await certifiedId(await ask(attestor, { late })), id);
      assert.equal(await attestor.issued(), 1);
    });

  for (const [what, make, reason] of refusals)
    test(`refuses ${what}`, async () => {
      const refused = await make(attestor);
      assert.deepEqual([refused.status, await refused.text()], [403, 'refused']);
      assert.deepEqual(attestor.log.lines, [`identity refused ${reason}`]);
      assert.equal(await attestor.issued(), 0);
    });

  test('takes a proof once', async () => {
    const target = { jti: 're-attestation-twice' };
    assert.equal((await ask(attestor, { target })).status, 200);
    assert.equal((await ask(attestor, { target })).status, 403);
    assert.deepEqual(attestor.log.lines, ['identity refused proof_replayed']);
  });

  test('is off where the policy says so, and has its window', async () => {
    const off = new Attestor(await authority, { policies: 'reAttestation: { enabled: false }' });
    assert.equal((await ask(off)).status, 403);
    assert.deepEqual(off.log.lines, ['identity refused not_allowed']);
    const short = new Attestor(await authority, { policies: 'reAttestation: { window: 1h }' });
    assert.equal((await ask(short, { late: HOUR })).status, 200);
    assert.equal((await ask(short, { late: HOUR + 2000 })).status, 403);
  });

  test('is bound by the namespaces of the policy', async () => {
    const bound = new Attestor(await authority, { policies: 'reAttestation: { namespaces: [shop] }' });
    assert.equal((await ask(bound)).status, 403);
    assert.deepEqual(bound.log.lines, ['identity refused namespace']);
  });

  test('does not make an SVID that is over good for anything else', async () => {
    const { svid, keys } = await ours;
    const now = svid.notAfter + HOUR;
    attestor.clock.time = now;
    const target = { aud: 'demo', method: 'POST', path: RENEW_PATH, now, jti: 'renewal-that-is-too-late' };
    const proof = `Bearer ${await createProof(svid, target)}`;
    const refused = await attestor.post(RENEW_PATH, { csr: await createCsr(keys) }, proof);
    assert.equal(refused.status, 401);
  });
});

describe('policies of join tokens and renewal', () => {
  const policies = `
joinToken: { namespaces: [default], serviceAccounts: [ratings] }
renewal: { serviceAccounts: [ratings], maxTtl: 5m }
`;

  test('bind what was minted and what was certified', async () => {
    const attestor = new Attestor(await authority, { policies });
    const refused = await attestor.post(JOIN_PATH, { token: await attestor.token(), csr: await rawCsr() });
    assert.equal(refused.status, 403);
    assert.deepEqual(attestor.log.lines, ['identity refused service_account']);
    const { svid, keys } = await ours;
    const target = { aud: 'demo', method: 'POST', path: RENEW_PATH, now: NOON, jti: 'renewal-that-is-bound' };
    const proof = `Bearer ${await createProof(svid, target)}`;
    const renewal = await attestor.post(RENEW_PATH, { csr: await createCsr(keys) }, proof);
    assert.equal(renewal.status, 403);
    assert.equal(await attestor.issued(), 0);
  });

  test('turn join tokens off', async () => {
    const attestor = new Attestor(await authority, { policies: 'joinToken: { enabled: false }' });
    const refused = await attestor.post(JOIN_PATH, { token: await attestor.token(), csr: await rawCsr() });
    assert.equal(refused.status, 403);
    assert.deepEqual(attestor.log.lines, ['identity refused not_allowed']);
  });
});
