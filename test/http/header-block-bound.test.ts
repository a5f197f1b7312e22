import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { HeaderBlockBound } from '../../src/http/header-block-bound.ts';

/** Of RFC 7541 appendix C.4 and C.6: blocks of one connection with Huffman codes, and the sizes of their lists. */
const RFC_CONNECTIONS = {
  'C.4': [
    ['828684418cf1e3c2e5f23a6ba0ab90f4ff', 180],
    ['828684be5886a8eb10649cbf', 233],
    ['828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf', 235],
  ],
  'C.3': [
    ['828684410f7777772e6578616d706c652e636f6d', 180],
    ['828684be58086e6f2d6361636865', 233],
    ['828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565', 235],
  ],
} as const;

function boundOf(bound: HeaderBlockBound, block: Uint8Array): number {
  bound.begin();
  bound.add(block, 0, block.length);
  return bound.size;
}

/** An integer behind so many bits (RFC 7541 §5.1). */
function integer(value: number, bits: number, first: number): number[] {
  const mask = 2 ** bits - 1;
  if (value < mask) return [first | value];
  const octets = [first | mask];
  let rest = value - mask;
  for (; rest >= 128; rest = Math.floor(rest / 128)) octets.push(128 + (rest % 128));
  return [...octets, rest];
}

/** What an encoder without Huffman codes does, on a table that is kept by the letter of RFC 7541 §4. */
class Encoder {
  readonly #table: number[] = [];

  /** A field of these lengths: octets, and what it counts. */
  literal(name: number, value: number, indexing: boolean): [number[], number] {
    const text = (length: number) => [...integer(length, 7, 0), ...new Array<number>(length).fill(0x61)];
    const size = name + value + 32;
    if (indexing) this.#insert(size);
    return [[indexing ? 0x40 : 0, ...text(name), ...text(value)], size];
  }

  /** The field at a place of the dynamic table, the newest first; a static one where it is empty. */
  indexed(place: number): [number[], number] {
    if (this.#table.length === 0) return [[0x82], 42];
    const at = place % this.#table.length;
    return [integer(62 + at, 7, 0x80), this.#table[at] ?? 0];
  }

  #insert(size: number): void {
    this.#table.unshift(size);
    while (this.#table.reduce((sum, one) => sum + one, 0) > 4096) this.#table.pop();
  }
}

const step = fc.oneof(
  fc.record({ name: fc.nat(40), value: fc.nat(5000), indexing: fc.boolean() }),
  fc.record({ place: fc.nat(200) }),
);

describe('how much header blocks decode to at most', () => {
  for (const [name, blocks] of Object.entries(RFC_CONNECTIONS)) {
    test(`the examples of RFC 7541 ${name} are within the bound, and it is not far off`, () => {
      const bound = new HeaderBlockBound();
      for (const [hex, size] of blocks) {
        const most = boundOf(bound, Buffer.from(hex, 'hex'));
        assert.ok(most >= size && most < 2.5 * size, `${most} for ${size}`);
      }
    });
  }

  test('no list counts more than the bound says, or much less, however its block is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.array(step, { maxLength: 20 }), { maxLength: 6 }), fc.nat(40), (lists, cut) => {
        const [bound, encoder] = [new HeaderBlockBound(), new Encoder()];
        for (const list of lists) {
          const fields = list.map((one) =>
            'place' in one ? encoder.indexed(one.place) : encoder.literal(one.name, one.value, one.indexing),
          );
          const block = Uint8Array.from(fields.flatMap(([octets]) => octets));
          const size = fields.reduce((sum, [, counts]) => sum + counts, 0);
          bound.begin();
          for (let at = 0; at < block.length; at += cut + 1) {
            bound.add(block, at, Math.min(block.length, at + cut + 1));
          }
          assert.ok(bound.size >= size, `${bound.size} for ${size}`);
          assert.ok(bound.size <= size + 40 * fields.length, `${bound.size} for ${size}`);
        }
      }),
    );
  });

  test('one octet that names a long field counts as much as the field', () => {
    const bound = new HeaderBlockBound();
    const stored = [0x60, 127, 129, 30, ...new Array<number>(3968).fill(0x63)];
    const size = boundOf(bound, Uint8Array.from([...stored, ...new Array<number>(1000).fill(0xbe)]));
    assert.ok(size > 1000 * 4000 && size < 1001 * 4200);
  });

  test('a table that was made smaller holds nothing of before', () => {
    const bound = new HeaderBlockBound();
    const stored = [0x60, 127, 129, 30, ...new Array<number>(3968).fill(0x63)];
    assert.equal(boundOf(bound, Uint8Array.from([...stored, 0x20])) < 4200, true);
    assert.equal(boundOf(bound, Uint8Array.of(0xbe, 0xbe)), 0);
  });

  test('an integer without end is beyond every bound', () => {
    assert.equal(
      boundOf(new HeaderBlockBound(), Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff)),
      Number.POSITIVE_INFINITY,
    );
  });
});
