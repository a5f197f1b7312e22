import 'reflect-metadata';
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseCertificate } from '../../../src/identity/x509/certificate.ts';
import { formatName } from '../../../src/identity/x509/distinguished-name.ts';
import { coded } from '../../support/identity-mesh.ts';
import { propertyRuns } from '../../support/property-runs.ts';
import { caExtensions, testCertificate } from '../../support/test-certificate.ts';

const bytes = (text: string) => Uint8Array.from(Buffer.from(text, 'hex'));

/** A Name of one common name with these octets, as UTF8String. */
function commonName(octets: Uint8Array): Uint8Array {
  const tlv = (tag: number, content: Uint8Array) => Uint8Array.from([tag, content.length, ...content]);
  const pair = tlv(0x30, Uint8Array.from([...bytes('0603550403'), ...tlv(0x0c, octets)]));
  return tlv(0x30, tlv(0x31, pair));
}

describe('formatName', () => {
  test('an SVID without a subject has the empty name', () => {
    assert.equal(formatName(bytes('3000')), '');
  });

  test('names of a real certificate are told last first', async () => {
    const { der } = await testCertificate({
      subject: 'C=SE, O=Weft, OU=mesh, CN=reviews',
      extensions: caExtensions(),
    });
    assert.equal(formatName(parseCertificate(der).subject), 'CN=reviews,OU=mesh,O=Weft,C=SE');
  });

  test('what RFC 4514 reserves is escaped, and what is no printable ASCII is hex', () => {
    const table: [string, string][] = [
      ['a"b', 'a\\"b'],
      ['a,b;c', 'a\\,b\\;c'],
      [' a ', '\\ a\\ '],
      ['#a#', '\\#a#'],
      ['a\\', 'a\\\\'],
      ['a\r\nb', 'a\\0d\\0ab'],
      ['é', '\\c3\\a9'],
    ];
    for (const [value, expected] of table) {
      assert.equal(formatName(commonName(Buffer.from(value))), `CN=${expected}`);
    }
  });

  test('an attribute that has no keyword is its OID and its DER', () => {
    // 1.2.3 = INTEGER 5
    assert.equal(formatName(bytes('300b3109300706022a03020105')), '1.2.3=#020105');
  });

  test('whatever the octets, the text can stand between quotes in a header', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (octets) => {
        const text = formatName(commonName(octets)).slice(3);
        assert.match(text, /^(?:\\[ -~]|[ !#-[\]-~])*$/);
      }),
      { numRuns: propertyRuns(300) },
    );
  });

  test('what is no Name is refused', () => {
    for (const hex of ['', '3100', '30023000', '3002310', '30023100', '3003310130']) {
      assert.throws(() => formatName(bytes(hex)), coded('der_malformed'));
    }
  });
});
