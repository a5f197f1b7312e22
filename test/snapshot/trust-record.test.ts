import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { signJws } from '../../src/snapshot/jws.ts';
import { generateSigningJwk, importSigningKey, type SigningKey } from '../../src/snapshot/signing-key.ts';
import { signTrustRecord, type TrustRecord, verifyTrustRecord } from '../../src/snapshot/trust-record.ts';
import { coded } from '../support/identity-mesh.ts';

const trust: TrustRecord = {
  format: 1,
  trustDomain: 'cluster.local',
  sequence: 7,
  roots: ['PEM'],
  issuing: 'ab'.repeat(32),
  denied: [{ kind: 'serial', value: 'ff' }],
};
const expected = { trustDomain: 'cluster.local' };

describe('a trust record', () => {
  let key: SigningKey;
  let stranger: SigningKey;
  before(async () => {
    key = await importSigningKey(await generateSigningJwk());
    stranger = await importSigningKey(await generateSigningJwk());
  });

  test('is read as it was signed', async () => {
    assert.deepEqual(
      await verifyTrustRecord(await signTrustRecord(trust, key), [stranger, key], expected),
      trust,
    );
  });

  test('is believed of nobody else, for no other trust domain and in no other type', async () => {
    const bytes = await signTrustRecord(trust, key);
    await assert.rejects(verifyTrustRecord(bytes, [stranger], expected), coded('E_SIG'));
    await assert.rejects(verifyTrustRecord(bytes, [key], { trustDomain: 'other' }), coded('E_FORMAT'));
    const endpoints = await signJws(trust, 'weft-endpoints+json', key);
    await assert.rejects(verifyTrustRecord(endpoints, [key], expected), coded('E_SIG'));
    for (let i = 0; i < bytes.length; i += 37) {
      const altered = bytes.slice();
      altered[i] = (altered[i] ?? 0) ^ 1;
      await assert.rejects(verifyTrustRecord(altered, [key], expected));
    }
  });

  const wrong: readonly (readonly [string, object])[] = [
    ['no roots', { roots: [] }],
    ['nine roots', { roots: Array(9).fill('PEM') }],
    ['sequence zero', { sequence: 0 }],
    ['a denial of another kind', { denied: [{ kind: 'name', value: 'x' }] }],
    ['too many denials', { denied: Array(2001).fill({ kind: 'serial', value: 'ff' }) }],
    ['a member that is not known', { extra: true }],
  ];
  for (const [what, change] of wrong)
    test(`with ${what} is neither written nor read`, async () => {
      const bad = { ...trust, ...change } as TrustRecord;
      await assert.rejects(signTrustRecord(bad, key), coded('E_FORMAT'));
      const bytes = await signJws(bad, 'weft-trust+json', key);
      await assert.rejects(verifyTrustRecord(bytes, [key], expected), coded('E_FORMAT'));
    });
});
