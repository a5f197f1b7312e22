import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TokenCache } from '../../../src/identity/jwt/token-cache.ts';
import type { VerifiedToken } from '../../../src/identity/jwt/token-verdict.ts';

const auth = { principal: undefined, audiences: [], presenter: undefined, claims: {} };
const lease = (until = Number.POSITIVE_INFINITY) => ({ until });
const verdict: VerifiedToken = {
  kind: 'verified',
  auth,
  token: 'token',
  payload: '',
  notBefore: 100,
  expires: 200,
  lease: lease(),
};

describe('verified tokens', () => {
  test('count from the beginning to the end of their time, while their keys are believed', () => {
    const cache = new TokenCache();
    for (const [until, seconds, known] of [
      [151_000, 150, true],
      [151_000, 100, true],
      [201_000, 200, true],
      [151_000, 99, false],
      [202_000, 201, false],
      [150_000, 150, false],
      [Number.NEGATIVE_INFINITY, 150, false],
    ] as const) {
      cache.set({ ...verdict, lease: lease(until) });
      assert.equal(cache.get('token', seconds * 1000) !== undefined, known, `${until} ${seconds}`);
      assert.equal(cache.size, known ? 1 : 0, 'what does not count any more is forgotten');
    }
  });

  test('the oldest go when there are too many, or too long ones', () => {
    const many = new TokenCache();
    for (let i = 0; i < 5000; i++) many.set({ ...verdict, token: `token-${i}` });
    assert.equal(many.size, 2048);
    assert.equal(many.get('token-0', 150_000), undefined);
    assert.equal(many.get('token-4999', 150_000)?.token, 'token-4999');
    const long = new TokenCache();
    for (let i = 0; i < 1000; i++) long.set({ ...verdict, token: `${i}`.padStart(8192, 'x') });
    assert.equal(long.size, 256);
    for (let i = 0; i < 1000; i++) long.set({ ...verdict, token: 'same' });
    assert.ok(long.size > 200);
  });
});
