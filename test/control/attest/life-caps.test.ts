import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LifeCaps } from '../../../src/identity/attest/life-caps.ts';
import { Authority } from '../../../src/identity/authority/authority.ts';
import { findIssuances } from '../../../src/identity/authority/issuance-log.ts';
import { attest, type ControlRequest, type Enrolment, reAttest, renew } from '../../../src/identity/enrol.ts';
import { MemoryStore } from '../../../src/runtime/store/memory.ts';
import { Attestor } from '../../support/attestor.ts';
import { NOON, testPorts } from '../../support/identity-mesh.ts';
import { tokenIssuer } from '../../support/token-issuer.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
const issuer = await tokenIssuer();
const policies = `
issuers:
  - name: ci
    issuer: https://ci.example
    audiences: [weft]
    jwksFile: ci.json
    rules: [{ namespace: ci, serviceAccount: deployer, maxTtl: 10m }]
`;

/** Control with certificates of an hour, and a workload that a rule gives ten minutes. */
async function attested() {
  const time = { now: NOON };
  const authority = await Authority.create({ trustDomain: 'cluster.local', ...testPorts(time) });
  const attestor = new Attestor(authority, { policies, documents: new Map([['ci.json', issuer.keySet()]]) });
  const pass = (ms: number) => {
    time.now += ms;
    attestor.clock.time = time.now;
  };
  const request: ControlRequest = async (path, body, proof) => {
    const answer = await attestor.post(path, body, proof && `Bearer ${proof}`);
    assert.equal(answer.status, 200);
    return answer.json();
  };
  const bundle = {
    ...{ control: 'http://127.0.0.1:1', mesh: 'demo', trustDomain: 'cluster.local', signingKeys: [] },
    ...{ rootHash: authority.rootHash(), namespace: 'ci', workload: 'deployer', serviceAccount: 'deployer' },
  };
  const asked = { bundle, request, now: () => time.now };
  const [iat, exp] = [NOON / 1000, NOON / 1000 + 300].map(Math.floor);
  const token = await issuer.sign({ iss: 'https://ci.example', aud: 'weft', iat, exp });
  const first = await attest({ ...asked, evidence: { kind: 'token', token } });
  return { attestor, asked, first, pass, life: ({ svid }: Enrolment) => svid.notAfter - time.now };
}

const near = (ms: number, wanted: number) =>
  assert.ok(Math.abs(ms - wanted) <= 1000, `${ms} is not ${wanted}`);

describe('the life that a rule allows', () => {
  test('is not outgrown by renewals, nor by coming back', async () => {
    const { asked, first, pass, life } = await attested();
    near(life(first), 10 * MINUTE);
    let last = first;
    for (let i = 0; i < 3; i++) {
      pass(5 * MINUTE);
      last = await renew({ ...asked, svid: last.svid, jti: `renewal-of-a-test-${i}` });
      near(life(last), 10 * MINUTE);
    }
    pass(2 * DAY);
    const back = await reAttest({ ...asked, svid: last.svid, jti: 'coming-back-of-a-test' });
    near(life(back), 10 * MINUTE);
  });

  test('is kept for as long as something may follow, and then forgotten', async () => {
    const { attestor, first } = await attested();
    const [issuance] = await findIssuances(attestor.store, {}, 1);
    const caps = new LifeCaps(attestor.store);
    const serial = issuance?.serial ?? assert.fail();
    await caps.sweep(first.svid.notAfter + 30 * DAY - 1000);
    assert.equal(await caps.of(serial), 10 * MINUTE);
    await caps.sweep(first.svid.notAfter + 30 * DAY + 1000);
    assert.equal(await caps.of(serial), undefined);
  });

  test('that cannot be read allows nothing', async () => {
    const store = new MemoryStore();
    await store.put('life-cap/ab', new TextEncoder().encode('{}'));
    await assert.rejects(new LifeCaps(store).of('ab'));
  });
});
