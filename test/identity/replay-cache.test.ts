import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ReplayCache } from '../../src/identity/replay-cache.ts';

describe('ReplayCache', () => {
  test('lets a key through once until it expires', () => {
    const cache = new ReplayCache();
    assert.equal(cache.use('a', 100, 0), true);
    assert.equal(cache.use('a', 100, 100), false);
    assert.equal(cache.use('b', 100, 50), true);
    assert.equal(cache.use('a', 300, 101), true);
  });

  test('refuses what is new when it is full, and forgets nothing', () => {
    const cache = new ReplayCache(2);
    assert.equal(cache.use('a', 100, 0), true);
    assert.equal(cache.use('b', 100, 0), true);
    assert.equal(cache.use('c', 100, 0), false);
    assert.equal(cache.use('a', 100, 0), false);
    assert.equal(cache.size, 2);
    assert.equal(cache.use('c', 300, 101), true);
    assert.equal(cache.size, 1);
  });
});

test('one subject fills its share of a ReplayCache, and shuts nobody else out', () => {
  const cache = new ReplayCache(10, 2);
  assert.equal(cache.use('a1', 100, 0, 'a'), true);
  assert.equal(cache.use('a2', 100, 0, 'a'), true);
  assert.equal(cache.use('a3', 100, 0, 'a'), false);
  assert.equal(cache.use('b1', 100, 0, 'b'), true);
  assert.equal(cache.use('a3', 300, 101, 'a'), true);
  assert.equal(cache.use('a4', 300, 101, 'a'), true);
  assert.equal(cache.use('a5', 300, 101, 'a'), false);
});
