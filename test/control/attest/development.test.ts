import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DEVELOPMENT_PATH } from '../../../src/identity/enrol.ts';
import { createCsr } from '../../../src/identity/x509/csr.ts';
import { generateKey } from '../../../src/identity/x509/p256.ts';
import { Attestor, certifiedId } from '../../support/attestor.ts';
import { testAuthority } from '../../support/identity-mesh.ts';

const authority = testAuthority();
const csr = await createCsr(await generateKey());
const claim = { namespace: 'shop', serviceAccount: 'reviews', csr };
const local = { host: '127.0.0.1:15012' };

describe('development mode', () => {
  test('gives whoever asks the identity that he wants, on the very machine', async () => {
    const attestor = new Attestor(await authority, { development: true });
    const answer = await attestor.post(DEVELOPMENT_PATH, claim, undefined, local);
    assert.equal(await certifiedId(answer), 'spiffe://cluster.local/ns/shop/sa/reviews');
  });

  test('is off unless it was asked for', async () => {
    const attestor = new Attestor(await authority);
    const refused = await attestor.post(DEVELOPMENT_PATH, claim, undefined, local);
    assert.equal(refused.status, 403);
    assert.deepEqual(attestor.log.lines, ['identity refused not_allowed']);
  });

  const refusals: readonly [string, Record<string, string>, object, number][] = [
    ['a page of another origin', { ...local, origin: 'https://evil.example' }, claim, 403],
    ['a page whose browser tells no origin', { ...local, 'sec-fetch-site': 'cross-site' }, claim, 403],
    ['a name that leads to this machine', { host: 'evil.example' }, claim, 403],
    ['a namespace with a slash', local, { ...claim, namespace: 'a/b' }, 403],
    ['no account', local, { namespace: 'shop', csr }, 400],
    ['a life that it wants', local, { ...claim, ttlMs: 1 }, 400],
    ['no request', local, { ...claim, csr: '' }, 403],
  ];
  for (const [what, headers, body, status] of refusals)
    test(`refuses ${what}`, async () => {
      const attestor = new Attestor(await authority, { development: true });
      const refused = await attestor.post(DEVELOPMENT_PATH, body, undefined, headers);
      assert.equal(refused.status, status);
      assert.equal(await attestor.issued(), 0);
    });
});
