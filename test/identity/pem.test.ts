import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { decodeOnePem, decodePem, encodePem } from '../../src/identity/pem.ts';
import { coded } from '../support/identity-mesh.ts';

const one = encodePem('CERTIFICATE', Uint8Array.of(1, 2, 3));

describe('PEM', () => {
  test('gives back what was written, block by block', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 1, maxLength: 200 }), { maxLength: 4 }), (blocks) => {
        const ders = blocks.map((block) => Uint8Array.from(block));
        assert.deepEqual(
          decodePem('CERTIFICATE', ders.map((der) => encodePem('CERTIFICATE', der)).join('')),
          ders,
        );
      }),
    );
  });

  test('may have CRLF and blank lines between blocks', () => {
    assert.equal(decodePem('CERTIFICATE', `\r\n${one}\r\n\n${one}`.replaceAll('\n', '\r\n')).length, 2);
  });

  const refused: [string, string][] = [
    ['another label', one.replaceAll('CERTIFICATE', 'PRIVATE KEY')],
    ['text before', `Subject: a\n${one}`],
    ['text between', `${one}a\n${one}`],
    ['no end', one.slice(0, 40)],
    ['labels that differ', one.replace('END CERTIFICATE', 'END X')],
  ];
  for (const [what, text] of refused) {
    test(`refuses ${what}`, () =>
      assert.throws(() => decodePem('CERTIFICATE', text), coded('pem_malformed')));
  }

  test('refuses none or two where one is wanted', () => {
    for (const text of ['', one + one]) {
      assert.throws(() => decodeOnePem('CERTIFICATE', text), coded('pem_malformed'));
    }
  });
});
