import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  decodeBase64,
  decodeBase64Url,
  encodeBase64,
  encodeBase64Url,
  equalConstantTime,
  hex,
} from '../../src/identity/bytes.ts';
import { coded } from '../support/identity-mesh.ts';

const octets = fc.uint8Array({ maxLength: 80 });

describe('bytes', () => {
  test('are the same after base64 and base64url, spelled as Node spells them', () => {
    fc.assert(
      fc.property(octets, (value) => {
        const bytes = Uint8Array.from(value);
        assert.equal(encodeBase64(bytes), Buffer.from(bytes).toString('base64'));
        assert.equal(encodeBase64Url(bytes), Buffer.from(bytes).toString('base64url'));
        assert.equal(hex(bytes), Buffer.from(bytes).toString('hex'));
        assert.deepEqual(decodeBase64(encodeBase64(bytes)), bytes);
        assert.deepEqual(decodeBase64Url(encodeBase64Url(bytes)), bytes);
      }),
    );
  });

  for (const text of ['QQ=', 'QQ', 'QR==', 'Q Q==', 'QQ==\n', 'Q', '_-==', 'QQ===', 'ä']) {
    test(`refuses ${JSON.stringify(text)} as base64`, () => {
      assert.throws(() => decodeBase64(text), coded('base64_malformed'));
    });
  }

  for (const text of ['QQ==', 'QR', 'Q+', 'a/b_', 'Q', ' QQ', 'QQ=']) {
    test(`refuses ${JSON.stringify(text)} as base64url`, () => {
      assert.throws(() => decodeBase64Url(text), coded('base64_malformed'));
    });
  }

  test('are equal in constant time exactly if they are equal', () => {
    fc.assert(
      fc.property(octets, octets, (a, b) => {
        assert.equal(equalConstantTime(a, a.slice()), true);
        assert.equal(equalConstantTime(a, b), hex(a) === hex(b));
      }),
    );
  });
});
