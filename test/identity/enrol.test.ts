import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import type { Authority } from '../../src/identity/authority/authority.ts';
import { JoinTokens } from '../../src/identity/authority/join-token.ts';
import { type ControlRequest, enrol, JOIN_PATH, RENEW_PATH, renew } from '../../src/identity/enrol.ts';
import type { JoinBundle } from '../../src/identity/join-bundle.ts';
import { verifyProof } from '../../src/identity/proof.ts';
import { ReplayCache } from '../../src/identity/replay-cache.ts';
import { workloadId } from '../../src/identity/spiffe.ts';
import { MemoryStore } from '../../src/runtime/store/memory.ts';
import {
  coded,
  NOON,
  TRUST_DOMAIN,
  testAuthority,
  testBundle,
  testPorts,
  testSvid,
} from '../support/identity-mesh.ts';

const HOUR = 3_600_000;
const now = () => NOON;
const grant = { namespace: 'default', serviceAccount: 'reviews', workload: 'reviews-v1' };

describe('enrol', () => {
  let authority: Authority;
  let control: ControlRequest;
  let bundle: JoinBundle;

  beforeEach(async () => {
    authority = await testAuthority();
    const tokens = new JoinTokens({ store: new MemoryStore(), ...testPorts() });
    control = controlOf(authority, tokens);
    bundle = {
      control: 'https://control.example',
      mesh: 'demo',
      trustDomain: TRUST_DOMAIN,
      rootHash: authority.rootHash(),
      signingKeys: ['A'.repeat(43)],
      token: (await tokens.mint(grant)).token,
      ...grant,
    };
  });

  test('gives an SVID whose key proves it, and the roots', async () => {
    const enrolment = await enrol({ bundle, request: control, now });
    assert.deepEqual(enrolment.svid.id, workloadId(TRUST_DOMAIN, 'default', 'reviews'));
    assert.equal(enrolment.bundle.rootsPem, authority.bundle());
    assert.equal(enrolment.svid.notAfter, NOON - 250 + HOUR);
  });

  test('joins once with a token, then renews with the SVID', async () => {
    const { svid } = await enrol({ bundle, request: control, now });
    await assert.rejects(enrol({ bundle, request: control, now }), { message: 'join token refused' });
    const next = await renew({ bundle, request: control, now, svid, jti: 'abcdefghijklmnop' });
    assert.deepEqual(next.svid.id, svid.id);
    assert.notEqual(next.svid.keyPem, svid.keyPem);
    const again = renew({ bundle, request: control, now, svid, jti: 'abcdefghijklmnop' });
    await assert.rejects(again, coded('proof_replayed'));
  });

  /** Control's answer, changed on the way. */
  const changed =
    (change: (answer: Record<string, unknown>) => unknown): ControlRequest =>
    async (path, body, proof) =>
      change((await control(path, body, proof)) as Record<string, unknown>);

  test('believes no root but the pinned one', async () => {
    const evil = await testAuthority();
    const request = changed((answer) => ({ ...answer, roots: `${answer.roots}${evil.bundle()}` }));
    await assert.rejects(enrol({ bundle, request, now }), coded('join_root'));
  });

  test('believes no authority of another root', async () => {
    const evil = await testAuthority();
    const request: ControlRequest = async (_path, body) => {
      const { csr } = body as { csr: string };
      const { chainPem } = await evil.issue(csr, workloadId(TRUST_DOMAIN, 'default', 'reviews'), HOUR);
      return { chain: chainPem, roots: evil.bundle() };
    };
    await assert.rejects(enrol({ bundle, request, now }), coded('join_root'));
    const mixed: ControlRequest = async (path, body) => ({
      ...Object(await request(path, body)),
      roots: authority.bundle(),
    });
    await assert.rejects(enrol({ bundle, request: mixed, now }), coded('chain_root'));
  });

  test('takes no certificate for another key', async () => {
    const { svid } = await testSvid(authority, 'reviews');
    const request = changed((answer) => ({ ...answer, chain: svid.chainPem }));
    await assert.rejects(enrol({ bundle, request, now }), coded('join_key'));
  });

  test('takes no certificate of another workload', async () => {
    const other = { ...bundle, serviceAccount: 'ratings' };
    await assert.rejects(enrol({ bundle: other, request: control, now }), coded('join_id'));
  });

  const answers: [string, unknown, string][] = [
    ['nothing', undefined, 'join_answer'],
    ['a text', 'chain', 'join_answer'],
    ['no roots', { chain: '' }, 'join_answer'],
    ['empty roots', { chain: '', roots: '' }, 'join_root'],
    ['a huge text', { chain: 'a'.repeat(100_000), roots: '' }, 'pem_malformed'],
    ['no PEM', { chain: 'a', roots: 'b' }, 'pem_malformed'],
  ];
  for (const [what, answer, code] of answers) {
    test(`refuses ${what} for an answer`, async () => {
      await assert.rejects(enrol({ bundle, request: async () => answer, now }), coded(code));
    });
  }
});

/** Both endpoints of control, on the real authority. */
function controlOf(authority: Authority, tokens: JoinTokens): ControlRequest {
  const seen = new ReplayCache();
  return async (path, body, proof) => {
    const { token = '', csr } = body as { token?: string; csr: string };
    if (path === JOIN_PATH) {
      const { namespace, serviceAccount } = await tokens.redeem(token);
      const { chainPem } = await authority.issue(
        csr,
        workloadId(TRUST_DOMAIN, namespace, serviceAccount),
        HOUR,
      );
      return { chain: chainPem, roots: authority.bundle() };
    }
    assert.equal(path, RENEW_PATH);
    const check = { trustDomain: TRUST_DOMAIN, audience: 'demo', method: 'POST', path, now: NOON, seen };
    const id = await verifyProof(proof ?? '', { ...check, bundle: testBundle(authority) });
    const { chainPem } = await authority.issue(csr, id, HOUR);
    return { chain: chainPem, roots: authority.bundle() };
  };
}
