import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compileNamedMatch } from '../../src/match/named-match.ts';
import type { NamedMatch } from '../../src/match/value-match.ts';

describe('named match', () => {
  const name = 'x';
  const cases: [NamedMatch, string | undefined, boolean][] = [
    [{ name }, undefined, false],
    [{ name }, '', true],
    [{ name }, 'a', true],
    [{ name, invert: true }, undefined, true],
    [{ name, invert: true }, '', false],
    [{ name, match: { kind: 'exact', value: '' } }, '', true],
    [{ name, match: { kind: 'exact', value: '' } }, undefined, false],
    [{ name, match: { kind: 'exact', value: 'a' } }, 'a', true],
    [{ name, match: { kind: 'exact', value: 'a' } }, 'a,a', false],
    [{ name, match: { kind: 'exact', value: 'a' }, invert: true }, undefined, true],
    [{ name, match: { kind: 'exact', value: 'a' }, invert: true }, 'a', false],
    [{ name, match: { kind: 'exact', value: '' }, invert: true }, undefined, false],
    [{ name, match: { kind: 'regex', value: '.*' }, invert: true }, undefined, false],
    [{ name, match: { kind: 'prefix', value: 'a' } }, 'ab', true],
  ];
  for (const [named, value, expected] of cases) {
    test(`${JSON.stringify(named)} is ${expected} for ${JSON.stringify(value) ?? 'a missing value'}`, () => {
      assert.equal(compileNamedMatch(named).test(value), expected);
    });
  }
});
