import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bySpecificity, hostIntersection } from '../../../src/config/compile/host-match.ts';

const cases: [a: string, b: string, expected: string | undefined][] = [
  ['a.b', 'a.b', 'a.b'],
  ['a.b', '*', 'a.b'],
  ['*', '*.b', '*.b'],
  ['a.b', '*.b', 'a.b'],
  ['*.a.b', '*.b', '*.a.b'],
  ['a.c.b', '*.b', 'a.c.b'],
  ['b', '*.b', undefined],
  ['ab', '*.b', undefined],
  ['*.a', '*.b', undefined],
  ['a', 'b', undefined],
];

for (const [a, b, expected] of cases) {
  test(`${a} and ${b} meet in ${expected ?? 'nothing'}`, () => {
    assert.equal(hostIntersection(a, b), expected);
    assert.equal(hostIntersection(b, a), expected);
  });
}

test('exact names come before wildcards, and longer wildcards before shorter ones', () => {
  assert.deepEqual(['*', '*.b', 'a.b', '*.a.b'].sort(bySpecificity), ['a.b', '*.a.b', '*.b', '*']);
});
