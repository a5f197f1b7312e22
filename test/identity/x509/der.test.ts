import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  DerReader,
  readBoolean,
  readDer,
  readOid,
  readUnsigned,
  Tag,
} from '../../../src/identity/x509/der.ts';
import { coded } from '../../support/identity-mesh.ts';

const from = (...octets: number[]) => new DerReader(Uint8Array.from(octets));

describe('DER', () => {
  const refused: [string, () => unknown][] = [
    ['nothing', () => from().readAny()],
    ['a length that is missing', () => from(0x30).readAny()],
    ['an indefinite length', () => from(0x30, 0x80, 0, 0).readAny()],
    ['a long form for a short length', () => from(0x04, 0x81, 0x01, 0).readAny()],
    ['two octets for a length of one', () => from(0x04, 0x82, 0x00, 0x80, ...Array(128).fill(0)).readAny()],
    ['a length of three octets', () => from(0x04, 0x83, 0, 0, 1, 0).readAny()],
    ['a value cut short', () => from(0x04, 0x02, 0).readAny()],
    ['a long tag', () => from(0x1f, 0x81, 0x01, 0).readAny()],
    ['another tag', () => from(0x04, 0x00).read(Tag.sequence)],
    ['bytes after the only value', () => readDer(Uint8Array.from([0x30, 0x00, 0x00]), Tag.sequence)],
    ['an empty integer', () => readUnsigned(from(0x02, 0x00))],
    ['a negative integer', () => readUnsigned(from(0x02, 0x01, 0x80))],
    ['an integer with a needless zero', () => readUnsigned(from(0x02, 0x02, 0x00, 0x01))],
    ['a boolean that is 1', () => readBoolean(from(0x01, 0x01, 0x01))],
    ['an identifier with a needless zero', () => readOid(from(0x06, 0x03, 0x55, 0x80, 0x01))],
    ['an identifier cut short', () => readOid(from(0x06, 0x02, 0x55, 0x9d))],
    ['an empty identifier', () => readOid(from(0x06, 0x00))],
  ];
  for (const [what, read] of refused) {
    test(`refuses ${what}`, () => assert.throws(read, coded('der_malformed')));
  }

  test('reads object identifiers', () => {
    assert.equal(readOid(from(0x06, 0x03, 0x55, 0x1d, 0x11)), '2.5.29.17');
    assert.equal(readOid(from(0x06, 0x06, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d)), '1.2.840.113549');
    assert.equal(readOid(from(0x06, 0x03, 0x88, 0x37, 0x03)), '2.999.3');
  });
});
