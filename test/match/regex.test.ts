import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compileRegex, maxPatternLength, parseSubstitution, RegexError } from '../../src/match/regex.ts';

describe('regex', () => {
  const matches: [pattern: string, text: string, expected: boolean][] = [
    ['/a', '/a', true],
    ['/a', '/ab', false],
    ['a|ab', 'ab', true],
    ['^/a$', '/a', true],
    ['/(v1|v2)/.*', '/v2/x', true],
    ['/(v1|v2)/.*', '/v3/x', false],
    ['', '', true],
    ['', 'a', false],
    ['(?i)abc', 'ABC', true],
    ['a.b', 'a\nb', false],
    ['\\d+', '١', false],
  ];
  for (const [pattern, text, expected] of matches) {
    test(`${JSON.stringify(pattern)} ${expected ? 'matches' : 'does not match'} all of ${JSON.stringify(text)}`, () => {
      assert.equal(compileRegex(pattern).matches(text), expected);
    });
  }

  for (const pattern of ['(?=a)', '(a)\\1', '(', 'a{2000}', '*', 'a'.repeat(maxPatternLength + 1)]) {
    test(`refuses ${pattern.slice(0, 20)}`, () => {
      assert.throws(() => compileRegex(pattern), RegexError);
    });
  }

  test('takes a pattern of exactly the longest length', () => {
    const pattern = 'a'.repeat(maxPatternLength);
    assert.equal(compileRegex(pattern).matches(pattern), true);
  });

  test('matches nested repetition in linear time', () => {
    assert.equal(compileRegex('(a+)+(b+)+c').matches('a'.repeat(20_000)), false);
  });

  const replacements: [pattern: string, text: string, substitution: string, expected: string][] = [
    ['/v[0-9]+', '/v1/a/v2', '/x', '/x/a/x'],
    ['^/service/([^/]+)(/.*)$', '/service/foo/v1/api', '\\2/instance/\\1', '/v1/api/instance/foo'],
    ['b+', 'abbbc', '[\\0]', 'a[bbb]c'],
    ['a*', 'baac', 'x', 'xbxcx'],
    ['b', 'abc', '\\\\', 'a\\c'],
    ['b', 'abc', '\\9', 'ac'],
    ['b', 'abc', '$1$&\\q', 'a$1$&\\qc'],
    ['(x)?b', 'abc', '<\\1>', 'a<>c'],
    ['z', 'abc', 'q', 'abc'],
  ];
  for (const [pattern, text, substitution, expected] of replacements) {
    test(`replacing ${pattern} in ${text} by ${substitution} gives ${expected}`, () => {
      assert.equal(compileRegex(pattern).replaceAll(text, parseSubstitution(substitution)), expected);
    });
  }
});
