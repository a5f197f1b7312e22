import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { StringMatch } from '../../../../src/match/value-match.ts';
import { boundaryTexts } from '../../../../src/proxy/compare/boundary/boundary-texts.ts';
import { regexSamples } from '../../../../src/proxy/compare/boundary/regex-samples.ts';

/** Patterns with a meaning that RE2 and JavaScript share. */
const atom = fc.constantFrom(
  'a',
  'b',
  '/',
  '-',
  '\\.',
  '[a-c]',
  '[^/]',
  '\\d',
  '\\w',
  '.',
  '[0-9]',
  '(?:x|y)',
  '(ab)',
);
const repeated = fc
  .tuple(atom, fc.constantFrom('', '*', '+', '?', '{2}', '{1,3}', '{2,}'))
  .map(([a, b]) => a + b);
const pattern = fc
  .array(
    fc.array(repeated, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('')),
    { minLength: 1, maxLength: 3 },
  )
  .map((parts) => parts.join('|'));

describe('samples of a pattern', () => {
  test('are there, and JavaScript says that they match', () => {
    fc.assert(
      fc.property(pattern, (text) => {
        const samples = regexSamples(text);
        assert.ok(samples.length > 0, text);
        for (const sample of samples) assert.match(sample, new RegExp(`^(?:${text})$`), text);
      }),
      { numRuns: 500 },
    );
  });

  const known: readonly (readonly [pattern: string, one: string])[] = [
    ['/users/[0-9]{1,4}(/.*)?', '/users/00'],
    ['^/v(1|2)/.*$', '/v2/'],
    ['(?i)get|head', 'get'],
    ['[[:alpha:]]+', 'a'],
    ['Mozilla/\\S+ \\(.*\\)', 'Mozilla/a ()'],
    ['(?P<id>x)+', 'xx'],
  ];
  for (const [text, one] of known)
    test(`of ${text}`, () => assert.ok(regexSamples(text).includes(one), regexSamples(text).join(' ')));

  test('are none where the pattern is beyond the reader or does not compile', () => {
    assert.deepEqual(regexSamples('\\pL+'), []);
    assert.deepEqual(regexSamples('('), []);
    assert.deepEqual(regexSamples(`${'('.repeat(60)}a${')'.repeat(60)}`), []);
  });

  test('stay few and short', () => {
    const samples = regexSamples('(a|b|c|d){200}(e|f|g|h)*(i|j|k|l)+');
    assert.ok(samples.length <= 8);
    for (const sample of samples) assert.ok(sample.length <= 260);
  });
});

describe('texts on the edge of a condition', () => {
  const cases: readonly (readonly [
    match: StringMatch,
    meets: readonly string[],
    misses: readonly string[],
  ])[] = [
    [{ kind: 'exact', value: '/a' }, ['/a'], ['/a2', '/a/', '/a/below', '/', '/A']],
    [{ kind: 'prefix', value: '/a' }, ['/a', '/a2', '/a/', '/a/below'], ['/', '/A']],
    [{ kind: 'prefix', value: '/a/' }, ['/a/', '/a/2', '/a/below'], ['/a', '/A/']],
    [{ kind: 'prefix', value: '/a', ignoreCase: true }, ['/a', '/A'], ['/']],
    [{ kind: 'suffix', value: '.js' }, ['/a.js'], []],
    [{ kind: 'regex', value: '/a[0-9]+' }, ['/a0'], ['/a', '/a0/']],
  ];
  for (const [match, meets, misses] of cases)
    test(`${match.kind} ${match.kind === 'present' ? '' : match.value}`, () => {
      const found = boundaryTexts(match, true);
      for (const text of meets) assert.ok(found.meets.includes(text), `${text} of ${found.meets}`);
      for (const text of misses) assert.ok(found.misses.includes(text), `${text} of ${found.misses}`);
    });
});
