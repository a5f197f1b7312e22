import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseAddress } from '../../src/match/address.ts';
import { CidrError, compileCidr } from '../../src/match/cidr.ts';
import { propertyRuns } from '../support/property-runs.ts';

describe('cidr', () => {
  const cases: [block: string, address: string, expected: boolean][] = [
    ['10.0.0.0/8', '10.255.1.2', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['10.1.2.3', '10.1.2.3', true],
    ['10.1.2.3', '10.1.2.4', false],
    ['10.0.0.128/25', '10.0.0.200', true],
    ['10.0.0.128/25', '10.0.0.100', false],
    ['0.0.0.0/0', '1.2.3.4', true],
    ['0.0.0.0/0', '::1', false],
    ['::/0', '::1', true],
    ['::/0', '1.2.3.4', false],
    ['2001:db8::/32', '2001:db8:1::5', true],
    ['2001:db8::/33', '2001:db8:8000::', false],
    ['fe80::1', 'fe80::1%eth0', true],
    ['10.0.0.0/8', '::ffff:10.1.2.3', true],
    ['::ffff:10.0.0.0/104', '10.1.2.3', true],
    ['::1', '0:0:0:0:0:0:0:1', true],
    ['10.0.0.0/8', '', false],
    ['10.0.0.0/8', '10.0.0.01', false],
    ['10.0.0.0/8', '10.0.0', false],
    ['10.0.0.0/8', 'localhost', false],
  ];
  for (const [block, address, expected] of cases) {
    test(`${block} ${expected ? 'contains' : 'does not contain'} ${address || 'nothing'}`, () => {
      assert.equal(compileCidr(block).test(address), expected);
    });
  }

  for (const block of [
    '',
    '10.0.0.0/33',
    '::/129',
    '10.0.0.0/',
    '10.0.0.0/08',
    '10.0.0/8',
    'a',
    ':::',
    '1::2::3',
    '12345::',
  ]) {
    test(`refuses ${JSON.stringify(block)}`, () => {
      assert.throws(() => compileCidr(block), CidrError);
    });
  }

  test('takes as addresses exactly what the platform takes', () => {
    const near = fc.string({
      unit: fc.constantFrom(':', '::', '.', '1', 'ff', '255', '0', '1.2.3.4', 'g'),
      maxLength: 12,
    });
    fc.assert(
      fc.property(fc.oneof(near, fc.ipV4(), fc.ipV6()), (text) => {
        assert.equal(parseAddress(text) !== undefined, isIP(text) !== 0, text);
      }),
      { numRuns: propertyRuns(2000) },
    );
  });
});
