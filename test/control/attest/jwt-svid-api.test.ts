import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BUNDLE_PATH, JWT_SVID_PATH } from '../../../src/identity/jwt-svid/paths.ts';
import { jwtSvidKeys } from '../../../src/identity/jwt-svid/spiffe-bundle.ts';
import { verifyJwtSvid } from '../../../src/identity/jwt-svid/verify-jwt-svid.ts';
import { createProof } from '../../../src/identity/proof.ts';
import { formatSpiffeId } from '../../../src/identity/spiffe.ts';
import { Attestor } from '../../support/attestor.ts';
import { NOON, testAuthority, testSvid } from '../../support/identity-mesh.ts';

const authority = testAuthority();
const ours = authority.then((ca) => testSvid(ca, 'reviews'));
let proofs = 0;

async function proof(method: string, path: string): Promise<string> {
  proofs += 1;
  const jti = `token-of-a-test-${String(proofs).padStart(4, '0')}`;
  return `Bearer ${await createProof((await ours).svid, { aud: 'demo', method, path, now: NOON, jti })}`;
}

describe('control’s tokens', () => {
  test('name who proved himself, for one audience, and the bundle verifies them', async () => {
    const attestor = new Attestor(await authority);
    const answer = await attestor.post(JWT_SVID_PATH, { audience: 'db' }, await proof('POST', JWT_SVID_PATH));
    const { token, expires } = (await answer.json()) as { token: string; expires: number };
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    const bundle = await (await attestor.get(BUNDLE_PATH, await proof('GET', BUNDLE_PATH))).text();
    const keys = new Map([['cluster.local', jwtSvidKeys(bundle)]]);
    const verdict = await verifyJwtSvid(token, { keys, audience: 'db', now: NOON });
    assert.ok(verdict.kind === 'verified');
    assert.equal(formatSpiffeId(verdict.id), 'spiffe://cluster.local/ns/default/sa/reviews');
    assert.equal(verdict.expires, expires);
    assert.deepEqual(verdict.claims.aud, ['db']);
  });

  test('need a proof', async () => {
    const attestor = new Attestor(await authority);
    assert.equal((await attestor.post(JWT_SVID_PATH, { audience: 'db' })).status, 401);
    assert.equal((await attestor.get(BUNDLE_PATH, 'Bearer x')).status, 401);
  });

  const bodies: readonly [string, object][] = [
    ['no audience', {}],
    ['an empty audience', { audience: '' }],
    ['two audiences', { audience: ['a', 'b'] }],
    ['a subject that it wants', { audience: 'db', sub: 'spiffe://cluster.local/admin' }],
    ['an hour of life', { audience: 'db', ttlSeconds: 3600 }],
  ];
  for (const [what, body] of bodies)
    test(`are refused with ${what}`, async () => {
      const attestor = new Attestor(await authority);
      const refused = await attestor.post(JWT_SVID_PATH, body, await proof('POST', JWT_SVID_PATH));
      assert.equal(refused.status, 400);
    });

  test('are not for who is denied', async () => {
    const attestor = new Attestor(await authority);
    attestor.deny('spiffe://cluster.local/ns/default/sa/reviews');
    const refused = await attestor.post(
      JWT_SVID_PATH,
      { audience: 'db' },
      await proof('POST', JWT_SVID_PATH),
    );
    assert.equal(refused.status, 403);
  });
});
