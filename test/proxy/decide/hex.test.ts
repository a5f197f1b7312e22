import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hex } from '../../../src/proxy/decide/hex.ts';

test('octets are written as two lower-case hexadecimal digits each', () => {
  const octets = Uint8Array.from({ length: 256 }, (_, octet) => octet);
  assert.equal(hex(octets), Buffer.from(octets).toString('hex'));
  assert.equal(hex(new Uint8Array(0)), '');
});
