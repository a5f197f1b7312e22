import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { readQuery } from '../../src/dns/read-query.ts';
import { dnsQuery } from '../support/dns-client.ts';

/** A good question, changed. */
function changed(change: (message: Buffer) => Buffer | undefined): Buffer {
  const message = dnsQuery('reviews.default', 'A');
  return change(message) ?? message;
}

const set = (at: number, value: number) => (message: Buffer) => {
  message[at] = value;
  return undefined;
};

describe('a DNS query', () => {
  test('is read with its name in lower case, its type and what its client takes', () => {
    const read = readQuery(dnsQuery('Reviews.DEFAULT', 'AAAA', 0xabcd, 1400));
    assert.deepEqual(read, {
      kind: 'query',
      query: {
        id: 0xabcd,
        recursionDesired: true,
        name: 'reviews.default',
        type: 28,
        class: 1,
        questionEnd: 33,
        udpBytes: 1400,
      },
    });
  });

  const cases: readonly (readonly [name: string, message: Buffer, expected: string])[] = [
    ['shorter than a header is nothing', changed((message) => message.subarray(0, 11)), 'nothing'],
    ['that is a response is nothing', changed(set(2, 0x81)), 'nothing'],
    ['of another opcode is not implemented', changed(set(2, 0x11)), 'refusal 4'],
    ['without a question is malformed', changed(set(5, 0)), 'refusal 1'],
    ['with two questions is malformed', changed(set(5, 2)), 'refusal 1'],
    ['whose name is a pointer is malformed', changed(set(12, 0xc0)), 'refusal 1'],
    ['whose label is longer than 63 is malformed', changed(set(12, 64)), 'refusal 1'],
    ['whose label leaves the message is malformed', changed(set(12, 40)), 'refusal 1'],
    ['that ends in its name is malformed', changed((message) => message.subarray(0, 20)), 'refusal 1'],
    ['that ends in its type is malformed', changed((message) => message.subarray(0, -2)), 'refusal 1'],
    ['of a name of 256 bytes is malformed', dnsQuery(Array(64).fill('abc').join('.'), 'A'), 'refusal 1'],
  ];
  for (const [name, message, expected] of cases)
    test(name, () => {
      const read = readQuery(message);
      assert.equal(read.kind === 'refusal' ? `refusal ${read.code}` : read.kind, expected);
    });

  test('of 255 bytes is the longest, and the root is a name', () => {
    const name = `${'a'.repeat(61)}.${Array(3).fill('b'.repeat(63)).join('.')}`;
    const read = readQuery(dnsQuery(name, 'A'));
    assert.equal(read.kind === 'query' && read.query.name, name);
    const root = readQuery(dnsQuery('', 'A'));
    assert.equal(root.kind === 'query' && root.query.name, '');
  });

  test('whose label has a dot in it is no other name', () => {
    const message = dnsQuery('reviewsxdefault', 'A');
    message[20] = 0x2e;
    const read = readQuery(message);
    assert.equal(read.kind === 'query' && read.query.name, 'reviews\\.default');
  });

  test('takes 512 bytes at least, and only EDNS that stands first says more', () => {
    const bytes = (message: Buffer) => {
      const read = readQuery(message);
      return read.kind === 'query' ? read.query.udpBytes : 'none';
    };
    assert.equal(bytes(dnsQuery('a', 'A', 1, 100)), 512);
    assert.equal(bytes(dnsQuery('a', 'A', 1)), undefined);
    const behind = dnsQuery('a', 'A', 1, 4096);
    behind[7] = 1;
    assert.equal(bytes(behind), undefined);
    assert.equal(bytes(dnsQuery('a', 'A', 1, 4096).subarray(0, -3)), undefined);
  });

  test('of any bytes at all is read without an error, and never beyond its end', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        const read = readQuery(bytes);
        if (read.kind === 'query') assert.ok(read.query.questionEnd <= bytes.length);
      }),
    );
  });

  test('of any labels is what was asked', () => {
    const label = fc.stringMatching(/^[a-z0-9_-]{1,63}$/);
    fc.assert(
      fc.property(fc.array(label, { maxLength: 3 }), fc.integer({ min: 0, max: 65_535 }), (labels, id) => {
        const read = readQuery(dnsQuery(labels.join('.'), 'AAAA', id));
        assert.ok(read.kind === 'query');
        assert.deepEqual([read.query.name, read.query.id], [labels.join('.'), id]);
      }),
    );
  });
});
