import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readFragment } from '../../dashboard/admin-token.ts';
import { parsePlace, placeHref, views } from '../../dashboard/place.ts';

test('an address leads back to its place', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 30 });
  const settings = fc.uniqueArray(
    fc.tuple(
      text,
      text.filter((value) => value !== ''),
    ),
    { selector: ([name]) => name },
  );
  fc.assert(
    fc.property(fc.constantFrom(...views.map(([view]) => view)), text, settings, (view, item, pairs) => {
      const place = parsePlace(placeHref({ view, item, settings: pairs }));
      assert.equal(place.view, view);
      assert.equal(place.item, item);
      assert.deepEqual([...place.settings], pairs);
    }),
  );
});

test('an address that says nothing is the graph', () => {
  for (const hash of ['', '#', '#/', '#/nowhere', '#/%']) assert.equal(parsePlace(hash).view, 'graph', hash);
  assert.equal(parsePlace('#/history/%E0%A4%A').item, '%E0%A4%A');
});

test('the token is taken out of the fragment, and the rest stays', () => {
  assert.deepEqual(readFragment('#token=abc_-9'), { token: 'abc_-9', rest: '' });
  assert.deepEqual(readFragment('#token=abc&/history'), { token: 'abc', rest: '/history' });
  assert.deepEqual(readFragment('#/graph?token=abc'), { token: undefined, rest: '/graph?token=abc' });
  assert.deepEqual(readFragment(''), { token: undefined, rest: '' });
});
