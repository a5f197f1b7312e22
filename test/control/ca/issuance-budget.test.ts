import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Beneficiary, IssuanceBudget, IssuanceTooOften } from '../../../control/ca/issuance-budget.ts';
import { ATTEST_PATH, JOIN_PATH, RENEW_PATH } from '../../../src/identity/enrol.ts';
import { createProof } from '../../../src/identity/proof.ts';
import { workloadId } from '../../../src/identity/spiffe.ts';
import { createCsr } from '../../../src/identity/x509/csr.ts';
import { generateKey } from '../../../src/identity/x509/p256.ts';
import { Attestor } from '../../support/attestor.ts';
import { NOON, TRUST_DOMAIN, testAuthority, testSvid } from '../../support/identity-mesh.ts';
import { ManualClock } from '../../support/scripted-transport.ts';
import { tokenIssuer } from '../../support/token-issuer.ts';

const DAY = 86_400_000;
const of = (account: string, who: string, follows?: string): Beneficiary => ({
  id: workloadId(TRUST_DOMAIN, 'default', account),
  who,
  ...(follows === undefined ? {} : { follows }),
});

describe('the budget of issuance', () => {
  const clock = new ManualClock();
  const taken = (budget: IssuanceBudget, one: Beneficiary, most: number, lifeMs = DAY) => {
    for (let i = 0; i < most; i++)
      try {
        if (one.who === 'join') budget.checkAttestor('join');
        budget.take(one, lifeMs);
      } catch (error) {
        assert.ok(error instanceof IssuanceTooOften);
        return i;
      }
    return most;
  };

  test('gives one identity ten certificates at once, then one in ten seconds', async () => {
    const budget = new IssuanceBudget(clock);
    const renewed = of('reviews', 'renew', '0a');
    assert.equal(taken(budget, renewed, 100), 10);
    await clock.pass(9000);
    assert.throws(() => budget.take(renewed, DAY), { retryAfterS: 1 });
    await clock.pass(1000);
    assert.equal(taken(budget, renewed, 100), 1);
    assert.throws(() => budget.take(renewed, DAY), { retryAfterS: 10 });
    await clock.pass(DAY);
    assert.equal(taken(budget, renewed, 100), 10);
  });

  test('counts every way of one identity together, its edge and other identities apart', () => {
    const budget = new IssuanceBudget(clock);
    assert.equal(taken(budget, of('reviews', 'renew', '0a'), 5), 5);
    assert.equal(taken(budget, of('reviews', 'token/ci'), 100), 5);
    assert.equal(taken(budget, of('reviews', 're-attest', '0b'), 100), 0);
    assert.equal(taken(budget, of('reviews', 'edge', '0a'), 100), 10);
    assert.equal(taken(budget, of('ratings', 'renew', '0c'), 100), 10);
  });

  test('gives more where certificates live so shortly that they need more', async () => {
    const budget = new IssuanceBudget(clock);
    const renewed = of('reviews', 'renew', '0a');
    for (let i = 0; i < 50; i++) {
      budget.take(renewed, 10_000);
      await clock.pass(5000);
    }
  });

  test('counts first certificates for their attestor: 256 at once, then ten in a second', async () => {
    const budget = new IssuanceBudget(clock);
    assert.equal(taken(budget, of('reviews', 'join'), 1000), 256);
    assert.throws(() => budget.checkAttestor('join'), IssuanceTooOften);
    assert.equal(taken(budget, of('reviews', 'development'), 1), 1);
    await clock.pass(1000);
    assert.equal(taken(budget, of('ratings', 'join'), 1000), 10);
  });

  test('remembers no more identities than it has room for', () => {
    const budget = new IssuanceBudget(clock);
    for (let i = 0; i < 30_000; i++) budget.take(of(`a${i}`, 'renew', '0a'), DAY);
    assert.equal(taken(budget, of('a29999', 'renew', '0a'), 100), 9);
  });
});

describe('a workload that asks too often', () => {
  const csr = async () => createCsr(await generateKey());
  const spent = async (attestor: Attestor) => {
    const { svid } = await testSvid(attestor.authority, 'reviews');
    const renew = async (i: number) => {
      const jti = `renewal-of-a-test-${String(i).padStart(4, '0')}`;
      const target = { aud: 'demo', method: 'POST', path: RENEW_PATH, now: NOON, jti };
      return attestor.post(RENEW_PATH, { csr: await csr() }, `Bearer ${await createProof(svid, target)}`);
    };
    for (let i = 0; i < 10; i++) assert.equal((await renew(i)).status, 200);
    return renew(10);
  };
  const budgeted = async (policies?: string, documents?: ReadonlyMap<string, string>) => {
    const more = policies === undefined || documents === undefined ? {} : { policies, documents };
    return new Attestor(await testAuthority(), { budget: new IssuanceBudget(new ManualClock()), ...more });
  };

  test('is sent away with 429 and when to come back, and nothing is issued or written down', async () => {
    const attestor = await budgeted();
    const away = await spent(attestor);
    assert.deepEqual([away.status, away.headers.get('retry-after')], [429, '10']);
    assert.deepEqual(attestor.log.events.at(-1), 'warn certificates asked for too often');
    assert.equal(await attestor.issued(), 10);
    const joined = await attestor.post(JOIN_PATH, { token: await attestor.token(), csr: await csr() });
    assert.equal(joined.status, 200, 'a join token was minted for its certificate');
  });

  test('keeps the token of an issuer that is good for once', async () => {
    const issuer = await tokenIssuer();
    const budget = new IssuanceBudget(new ManualClock());
    const documents = new Map([['ci.json', issuer.keySet()]]);
    const attestor = new Attestor(await testAuthority(), { policies, documents, budget });
    const one = of('reviews', 'renew', '0a');
    for (let i = 0; i < 10; i++) budget.take(one, 3_600_000);
    const [iat, exp] = [NOON / 1000, NOON / 1000 + 300];
    const token = await issuer.sign({ iss: 'https://ci.example', aud: 'weft', iat, exp, jti: 'a-token' });
    const ask = async () => (await attestor.post(ATTEST_PATH, { token, csr: await csr() })).status;
    assert.equal(await ask(), 429);
    const unhurried = new Attestor(attestor.authority, { policies, documents, store: attestor.store });
    const again = async () => (await unhurried.post(ATTEST_PATH, { token, csr: await csr() })).status;
    assert.deepEqual([await again(), await again()], [200, 403]);
  });
});

const policies = `
issuers:
  - name: ci
    issuer: https://ci.example
    audiences: [weft]
    once: true
    jwksFile: ci.json
    rules: [{ namespace: default, serviceAccount: reviews }]
`;
