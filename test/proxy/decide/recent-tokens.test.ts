import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NO_LEASE, type VerifiedToken } from '../../../src/identity/jwt/token-verdict.ts';
import { RecentTokens } from '../../../src/proxy/decide/recent-tokens.ts';

const verdictOn = (token: string): VerifiedToken => ({
  kind: 'verified',
  auth: { principal: undefined, audiences: [], presenter: undefined, claims: {} },
  token,
  payload: '',
  notBefore: 0,
  expires: 1,
  lease: NO_LEASE,
});
const place = { kind: 'header', name: 'authorization', prefix: 'Bearer ' } as const;

describe('values that held a token lately', () => {
  test('give that token as it was kept, and only for the whole value', () => {
    const recent = new RecentTokens();
    assert.equal(recent.get('Bearer a.b.signature'), undefined);
    recent.keep('Bearer a.b.signature', verdictOn('a.b.signature'), place);
    const kept = recent.get('Bearer a.b.signature');
    assert.deepEqual(kept?.found, [{ token: 'a.b.signature', place }]);
    assert.equal(kept?.verdict.token, 'a.b.signature');
    for (const other of ['Bearer x.b.signature', 'Bearer a.b.signaturE', 'a.b.signature', ' ', ''])
      assert.equal(recent.get(other), undefined, other);
  });

  test('of one end the last is kept', () => {
    const recent = new RecentTokens();
    recent.keep('Bearer a.b.signature', verdictOn('a.b.signature'), place);
    recent.keep('Bearer x.b.signature', verdictOn('x.b.signature'), place);
    assert.equal(recent.get('Bearer a.b.signature'), undefined);
    assert.equal(recent.get('Bearer x.b.signature')?.verdict.token, 'x.b.signature');
  });

  test('are forgotten, oldest first, beyond 1,024; long ones are not kept', () => {
    const recent = new RecentTokens();
    const value = (i: number) => `Bearer ${String(i).padStart(5, '0')}.`;
    for (let i = 0; i <= 1024; i++) recent.keep(value(i), verdictOn(`${i}`), place);
    assert.equal(recent.get(value(0)), undefined);
    assert.equal(recent.get(value(1))?.verdict.token, '1');
    assert.equal(recent.get(value(1024))?.verdict.token, '1024');
    const long = `Bearer ${'x'.repeat(2048)}`;
    recent.keep(long, verdictOn(long.slice(7)), place);
    assert.equal(recent.get(long), undefined);
  });
});
