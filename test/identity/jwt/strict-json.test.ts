import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { strictJsonObject } from '../../../src/identity/jwt/strict-json.ts';
import { propertyRuns } from '../../support/property-runs.ts';

/** Whether a name stands twice in an object, or is one escaped character. */
function isAmbiguous(value: readonly Pair[]): boolean {
  const names = value.map(([name]) => name);
  if (new Set(names).size < names.length) return true;
  // Of these engines have two opinions.
  if (names.some((name) => name.length === 1 && JSON.stringify(name).length > 3)) return true;
  return value.some(([, inner]) => Array.isArray(inner) && isAmbiguous(inner));
}

type Pair = readonly [string, string | number | readonly Pair[]];

function write(pairs: readonly Pair[]): string {
  const members = pairs.map(([name, value]) => {
    const text = Array.isArray(value) ? write(value as readonly Pair[]) : JSON.stringify(value);
    return `${JSON.stringify(name)} : ${text}`;
  });
  return `{ ${members.join(' , ')} }`;
}

const { pairs } = fc.letrec<{ pairs: readonly Pair[] }>((tie) => ({
  pairs: fc.array(
    fc.tuple(
      fc.oneof(fc.constantFrom('a', 'b', '"', '\\', '{', ','), fc.string({ maxLength: 3 })),
      fc.oneof(
        { depthSize: 'small' },
        fc.string({ maxLength: 4 }),
        fc.integer(),
        tie('pairs') as fc.Arbitrary<readonly Pair[]>,
      ),
    ),
    { maxLength: 5 },
  ),
}));

describe('unambiguous JSON', () => {
  test('an object is read exactly when its names can be told apart', () => {
    fc.assert(
      fc.property(pairs, (list) => {
        const text = write(list);
        const read = strictJsonObject(text);
        if (isAmbiguous(list)) assert.equal(read, undefined, text);
        else assert.deepEqual(read, JSON.parse(text), text);
      }),
      { numRuns: propertyRuns(2000) },
    );
  });

  test('whatever the text, it is read as JSON.parse reads it or not at all', () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string(), fc.stringMatching(/^[{}[\]",:a0\\ ]*$/)), (text) => {
        const read = strictJsonObject(text);
        if (read !== undefined) assert.deepEqual(read, JSON.parse(text));
      }),
      { numRuns: propertyRuns(2000) },
    );
  });

  test('lists within lists may repeat values, and names of other objects', () => {
    const text = '{"a":[1,1,"a","a",{"a":1},{"a":1}],"b":{"a":{"a":2}}}';
    assert.deepEqual(strictJsonObject(text), JSON.parse(text));
  });
});
