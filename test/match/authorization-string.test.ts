import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseAuthorizationPath, parseAuthorizationString } from '../../src/match/authorization-string.ts';

describe('authorization string', () => {
  const cases = [
    ['*', { kind: 'present' }],
    ['abc', { kind: 'exact', value: 'abc' }],
    ['abc*', { kind: 'prefix', value: 'abc' }],
    ['*abc', { kind: 'suffix', value: 'abc' }],
    ['*a*', { kind: 'suffix', value: 'a*' }],
    ['a*b', { kind: 'exact', value: 'a*b' }],
    ['', { kind: 'exact', value: '' }],
  ] as const;
  for (const [text, expected] of cases) {
    test(`${JSON.stringify(text)} is ${JSON.stringify(expected)}`, () => {
      assert.deepEqual(parseAuthorizationString(text), expected);
    });
  }

  test('only paths have templates', () => {
    assert.deepEqual(parseAuthorizationPath('/a/{*}'), { kind: 'template', value: '/a/{*}' });
    assert.deepEqual(parseAuthorizationPath('/a/*'), { kind: 'prefix', value: '/a/' });
    assert.deepEqual(parseAuthorizationString('/a/{*}'), { kind: 'exact', value: '/a/{*}' });
  });
});
