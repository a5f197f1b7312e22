import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  flag,
  list,
  literal,
  optional,
  record,
  ShapeError,
  text,
  whole,
} from '../../src/identity/json-shape.ts';

const shape = record({
  name: text(5, /^[a-z]+$/, 'be a name'),
  kind: literal('a'),
  count: whole,
  on: flag,
  tags: list(text(3), 2),
  more: optional(record({ id: whole })),
});
const good = { name: 'abc', kind: 'a', count: 0, on: false, tags: ['x'] };

describe('a shape', () => {
  test('reads what has it, without what is absent', () => {
    assert.deepEqual(shape(good, 'it'), { ...good, more: undefined });
    assert.deepEqual(shape({ ...good, more: { id: 1 } }, 'it').more, { id: 1 });
  });

  const refused: [unknown, RegExp][] = [
    [null, /^it must be an object/],
    [[], /^it must be an object/],
    [{ ...good, name: 'toolong' }, /^it\.name must be a name/],
    [{ ...good, name: ['abc'] }, /^it\.name must be a name/],
    [{ ...good, kind: 'b' }, /^it\.kind must be a/],
    [{ ...good, count: -1 }, /^it\.count must be a whole number/],
    [{ ...good, count: 1.5 }, /^it\.count/],
    [{ ...good, count: 1e300 }, /^it\.count/],
    [{ ...good, on: 'true' }, /^it\.on must be true or false/],
    [{ ...good, tags: [] }, /^it\.tags must be a list of 1 to 2/],
    [{ ...good, tags: ['a', 'bbbb'] }, /^it\.tags\[1\] must/],
    [{ ...good, more: { id: 'a' } }, /^it\.more\.id must/],
    [{ ...good, other: 1 }, /^it has an unknown field "other"/],
    [JSON.parse('{"__proto__": {"name": "abc"}}'), /unknown field "__proto__"/],
    [Object.create(good), /^it\.name must/],
  ];
  for (const [value, message] of refused) {
    test(`refuses ${JSON.stringify(value)}`, () => {
      assert.throws(
        () => shape(value, 'it'),
        (error) => error instanceof ShapeError && message.test(error.message),
      );
    });
  }
});
