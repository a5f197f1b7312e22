import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { closest, editDistance } from '../../../src/config/reading/suggestion.ts';

const cases: readonly (readonly [written: string, meant: string | undefined])[] = [
  ['hots', 'hosts'],
  ['Hosts', 'hosts'],
  ['gatway', 'gateways'],
  ['htpt', 'http'],
  ['x', undefined],
  ['completely', undefined],
];
for (const [written, meant] of cases) {
  test(`${written} suggests ${meant ?? 'nothing'}`, () => {
    assert.equal(closest(written, ['hosts', 'gateways', 'http', 'exportTo']), meant);
  });
}

test('every edit away from a word is at distance one', () => {
  const letters = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 2, maxLength: 8 });
  fc.assert(
    fc.property(letters, fc.nat(), (word, seed) => {
      const at = seed % (word.length - 1);
      const edits = [
        word.slice(0, at) + word.slice(at + 1),
        `${word.slice(0, at)}z${word.slice(at)}`,
        `${word.slice(0, at)}z${word.slice(at + 1)}`,
      ];
      for (const edited of edits) assert.equal(editDistance(word, edited), 1);
      const swapped = word.slice(0, at) + (word[at + 1] ?? '') + (word[at] ?? '') + word.slice(at + 2);
      assert.equal(editDistance(word, swapped), word === swapped ? 0 : 1);
    }),
  );
});
