import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { compileStringMatch } from '../../src/match/string-match.ts';
import type { StringMatch } from '../../src/match/value-match.ts';

describe('string match', () => {
  const cases: [StringMatch, string, boolean][] = [
    [{ kind: 'exact', value: '/a' }, '/a', true],
    [{ kind: 'exact', value: '/a' }, '/A', false],
    [{ kind: 'exact', value: '/a', ignoreCase: true }, '/A', true],
    [{ kind: 'exact', value: '' }, '', true],
    [{ kind: 'prefix', value: '/foo' }, '/foobar', true],
    [{ kind: 'prefix', value: '/foo' }, '/Foobar', false],
    [{ kind: 'prefix', value: '/foo', ignoreCase: true }, '/FOObar', true],
    [{ kind: 'suffix', value: '.com' }, 'a.com', true],
    [{ kind: 'suffix', value: '.com' }, 'a.COM', false],
    [{ kind: 'suffix', value: '.Com', ignoreCase: true }, 'a.cOM', true],
    [{ kind: 'regex', value: '/a.*' }, '/abc', true],
    [{ kind: 'regex', value: 'a' }, '/abc', false],
    [{ kind: 'template', value: '/a/{*}' }, '/a/b', true],
    [{ kind: 'present' }, 'x', true],
    [{ kind: 'present' }, '', false],
  ];
  for (const [match, value, expected] of cases) {
    test(`${JSON.stringify(match)} ${expected ? 'matches' : 'does not match'} ${JSON.stringify(value)}`, () => {
      assert.equal(compileStringMatch(match).test(value), expected);
    });
  }

  test('ignoring case is about ASCII letters only', () => {
    assert.equal(compileStringMatch({ kind: 'exact', value: 'k', ignoreCase: true }).test('\u212a'), false);
  });

  test('every condition says what it wants', () => {
    assert.equal(compileStringMatch({ kind: 'prefix', value: '/api' }).explain(), 'prefix "/api"');
    assert.equal(
      compileStringMatch({ kind: 'exact', value: 'A', ignoreCase: true }).explain(),
      'exact "A" in any case',
    );
  });

  test('literal kinds agree with a character-wise reference', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'B', 'b', '/', '*'), maxLength: 5 });
    const kind = fc.constantFrom('exact' as const, 'prefix' as const, 'suffix' as const);
    fc.assert(
      fc.property(kind, text, text, fc.boolean(), (kind, wanted, value, ignoreCase) => {
        const got = compileStringMatch({ kind, value: wanted, ignoreCase }).test(value);
        assert.equal(got, reference(kind, wanted, value, ignoreCase));
      }),
    );
  });
});

function reference(kind: string, wanted: string, value: string, ignoreCase: boolean): boolean {
  if (kind === 'exact' && wanted.length !== value.length) return false;
  if (wanted.length > value.length) return false;
  const offset = kind === 'suffix' ? value.length - wanted.length : 0;
  for (let i = 0; i < wanted.length; i++) {
    const a = wanted.charAt(i);
    const b = value.charAt(i + offset);
    if (a !== b && !(ignoreCase && a.toUpperCase() === b.toUpperCase())) return false;
  }
  return true;
}
