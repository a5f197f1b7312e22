import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { canonicalBytes, decodeJson, type JsonValue } from '../../src/snapshot/canonical-bytes.ts';
import { contentAddress } from '../../src/snapshot/content-address.ts';

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const bytes = (value: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(value);
const json = fc.jsonValue({ maxDepth: 5 }) as fc.Arbitrary<JsonValue>;

/** The same value with the members of every object in reverse order. */
function reversed(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, member]) => [name, reversed(member)] as const);
  return Object.fromEntries(entries.reverse());
}

describe('canonicalBytes', () => {
  test('does not depend on the order of members', () => {
    fc.assert(
      fc.property(json, (value) => text(canonicalBytes(value)) === text(canonicalBytes(reversed(value)))),
    );
  });

  test('is JSON of the same value, and decodeJson takes it back', () => {
    fc.assert(
      fc.property(json, (value) => {
        const plain: unknown = JSON.parse(JSON.stringify(value));
        assert.deepEqual(JSON.parse(text(canonicalBytes(value))), plain);
        assert.deepEqual(decodeJson(canonicalBytes(value), 1e6), plain);
      }),
    );
  });

  test('sorts names by UTF-16 unit, keeps lists in order and writes no whitespace', () => {
    const value = { b: [2, 1], a: { '\ud83d\ude00': 1, '\uff5e': 2, Z: 3 }, left: undefined };
    assert.equal(text(canonicalBytes(value)), '{"a":{"Z":3,"\ud83d\ude00":1,"\uff5e":2},"b":[2,1]}');
  });

  test('throws on what JSON cannot carry', () => {
    const endless: unknown[] = [];
    endless.push(endless);
    for (const value of [
      Number.NaN,
      Infinity,
      1n,
      new Map(),
      new Date(0),
      () => 1,
      undefined,
      [undefined],
      endless,
    ]) {
      assert.throws(() => canonicalBytes(value), TypeError);
    }
  });
});

describe('decodeJson', () => {
  const refused: readonly (readonly [string, string])[] = [
    ['a repeated member', '{"a":1,"a":2}'],
    ['a repeated member in another spelling', '{"a":1,"\\u0061":2}'],
    ['members out of order', '{"b":1,"a":2}'],
    ['whitespace', '{"a": 1}'],
    ['a second value', '{}{}'],
    ['a needless escape', '"\\u0061"'],
    ['another spelling of a number', '1.0'],
    ['negative zero', '-0'],
    ['a byte order mark', '\ufeff{}'],
    ['no JSON', '{'],
    ['nothing', ''],
    ['lists 65 deep', `${'['.repeat(65)}${']'.repeat(65)}`],
    ['lists 5000 deep', '['.repeat(5000)],
  ];
  for (const [name, input] of refused) {
    test(`refuses ${name}`, () => assert.throws(() => decodeJson(bytes(input), 1e6), { code: 'E_FORMAT' }));
  }

  test('refuses bytes that are not UTF-8', () => {
    assert.throws(() => decodeJson(new Uint8Array([0x22, 0xff, 0x22]), 10), { code: 'E_FORMAT' });
  });

  test('refuses more bytes than the limit', () => {
    assert.throws(() => decodeJson(bytes('[1,2]'), 4), { code: 'E_SIZE' });
    assert.deepEqual(decodeJson(bytes('[1,2]'), 5), [1, 2]);
  });

  test('takes 64 levels, and brackets inside strings count for none', () => {
    decodeJson(bytes(`${'['.repeat(64)}${']'.repeat(64)}`), 1e6);
    decodeJson(bytes(JSON.stringify(`\\"${'['.repeat(100)}`)), 1e6);
  });

  test('keeps a member named __proto__ a member', () => {
    assert.deepEqual(Object.keys(decodeJson(bytes('{"__proto__":1}'), 100) as object), ['__proto__']);
  });
});

test('contentAddress is SHA-256 in hex (FIPS 180-4 example)', async () => {
  const expected = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  assert.equal(await contentAddress(bytes('abc')), expected);
});
