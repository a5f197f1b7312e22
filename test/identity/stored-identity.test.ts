import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { Authority } from '../../src/identity/authority/authority.ts';
import { type Membership, membershipText, parseMembership } from '../../src/identity/membership.ts';
import { identityText, readIdentity, type StoredIdentity } from '../../src/identity/stored-identity.ts';
import { coded, NOON, TRUST_DOMAIN, testAuthority, testBundle, testSvid } from '../support/identity-mesh.ts';

const HOUR = 3_600_000;

function membershipOf(authority: Authority, more: Partial<Membership> = {}): Membership {
  return {
    control: 'https://control.example',
    mesh: 'demo',
    trustDomain: TRUST_DOMAIN,
    rootHash: authority.rootHash(),
    signingKeys: ['A'.repeat(43)],
    namespace: 'default',
    workload: 'reviews-v1',
    serviceAccount: 'reviews',
    ...more,
  };
}

describe('a stored identity', () => {
  let authority: Authority;
  let membership: Membership;
  let stored: StoredIdentity;

  before(async () => {
    authority = await testAuthority();
    membership = membershipOf(authority);
    const { svid } = await testSvid(authority, 'reviews');
    stored = { svid, bundle: testBundle(authority), receivedAt: NOON };
  });

  test('is read as it was written', async () => {
    const read = await readIdentity(identityText(stored), membership, NOON);
    assert.deepEqual(read, stored);
  });

  test('is believed no more than an answer of control', async () => {
    const stranger = await testAuthority();
    const other = await testSvid(authority, 'reviews');
    const ofRatings = await testSvid(authority, 'ratings');
    const rows: readonly (readonly [what: string, text: string, code: string, when?: number])[] = [
      ['expired', identityText(stored), 'certificate_expired', NOON + HOUR + 1000],
      ['another key', swapped({ keyPem: other.svid.keyPem }), 'join_key'],
      ['another workload', identityText({ ...stored, svid: ofRatings.svid }), 'join_id'],
      ['roots of a stranger', identityText({ ...stored, bundle: testBundle(stranger) }), 'join_root'],
      ['no key at all', swapped({ keyPem: stored.svid.chainPem }), 'pem_malformed'],
      ['no JSON', identityText(stored).slice(0, -2), 'stored_identity'],
      ['an unknown format', identityText(stored).replace('"format":1', '"format":2'), 'stored_identity'],
    ];
    for (const [what, text, code, when = NOON] of rows)
      await assert.rejects(readIdentity(text, membership, when), coded(code), what);
  });

  test('is not quoted by the message of what is wrong with it', async () => {
    const error = await readIdentity(`${identityText(stored)}x`, membership, NOON).catch(
      (cause: Error) => cause,
    );
    assert.ok(error instanceof Error);
    assert.ok(!error.message.includes('PRIVATE'));
  });

  function swapped(svid: Partial<StoredIdentity['svid']>): string {
    return identityText({ ...stored, svid: { ...stored.svid, ...svid } });
  }
});

test('a membership is read as it was written, without the join token', async () => {
  const membership = membershipOf(await testAuthority());
  const text = membershipText({ ...membership, token: 'secret' } as Membership);
  assert.ok(!text.includes('secret'));
  assert.deepEqual(parseMembership(text), membership);
  assert.throws(() => parseMembership(text.replace('https', 'http')), coded('join_bundle'));
});
