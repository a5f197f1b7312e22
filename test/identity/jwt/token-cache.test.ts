import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { TokenCache } from '../../../src/identity/jwt/token-cache.ts';
import type { VerifiedToken } from '../../../src/identity/jwt/token-verdict.ts';

const auth = { principal: undefined, audiences: [], presenter: undefined, claims: {} };
const verdict: VerifiedToken = {
  kind: 'verified',
  auth,
  token: '',
  payload: '',
  notBefore: 100,
  expires: 200,
};

describe('verified tokens', () => {
  test('count from the beginning to the end of their time, under the same keys', () => {
    const cache = new TokenCache();
    for (const [generation, seconds, known] of [
      [1, 150, true],
      [1, 100, true],
      [1, 200, true],
      [1, 99, false],
      [1, 201, false],
      [2, 150, false],
      [undefined, 150, false],
    ] as const) {
      cache.set('token', verdict, 1);
      assert.equal(
        cache.get('token', generation, seconds * 1000) !== undefined,
        known,
        `${generation} ${seconds}`,
      );
      assert.equal(cache.size, known ? 1 : 0, 'what does not count any more is forgotten');
    }
  });

  test('the oldest go when there are too many, or too long ones', () => {
    const many = new TokenCache();
    for (let i = 0; i < 5000; i++) many.set(`token-${i}`, verdict, 1);
    assert.equal(many.size, 2048);
    assert.equal(many.get('token-0', 1, 150_000), undefined);
    assert.equal(many.get('token-4999', 1, 150_000), verdict);
    const long = new TokenCache();
    for (let i = 0; i < 1000; i++) long.set(`${i}`.padStart(8192, 'x'), verdict, 1);
    assert.equal(long.size, 256);
    for (let i = 0; i < 1000; i++) long.set('same', verdict, 1);
    assert.ok(long.size > 200);
  });
});
