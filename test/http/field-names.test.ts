import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  CONNECTION,
  EXPECT,
  FRAMES,
  hashOctet,
  knownName,
  REWRITTEN,
  UPGRADE,
} from '../../src/http/field-names.ts';

function find(name: string) {
  const bytes = Buffer.from(`x${name}:`, 'latin1');
  let hash = 0;
  for (let i = 1; i <= name.length; i++) hash = hashOctet(hash, bytes[i] as number);
  return knownName(bytes, 1, 1 + name.length, hash);
}

describe('what decides on framing or the connection is known in any case', () => {
  const decisive: [string, number][] = [
    ['content-length', FRAMES | REWRITTEN],
    ['transfer-encoding', FRAMES | REWRITTEN],
    ['connection', CONNECTION | REWRITTEN],
    ['expect', EXPECT],
    ['upgrade', UPGRADE | REWRITTEN],
    ['host', REWRITTEN],
    ['te', REWRITTEN],
    ['keep-alive', REWRITTEN],
    ['trailer', REWRITTEN],
    ['proxy-connection', REWRITTEN],
    ['proxy-authorization', REWRITTEN],
  ];
  for (const [name, bit] of decisive) {
    test(name, () => {
      const upper = name.toUpperCase();
      const mixed = name.replace(/^./, (first) => first.toUpperCase());
      for (const written of [name, upper, mixed])
        assert.deepEqual(find(written), { text: name, bit }, written);
    });
  }
});

test('a name that is known is the one that was written, without case', () => {
  const token = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,24}$/);
  fc.assert(
    fc.property(
      fc.oneof(token, fc.constantFrom('Host', 'host@', 'HOST', 'c\x0fokie', 'COOKIE', 'x_b3')),
      (name) => {
        const known = find(name);
        if (known !== undefined) assert.equal(known.text, name.toLowerCase());
      },
    ),
  );
});

test('octets that only differ from a letter by its case bit do not make a known name', () => {
  // `^` | 0x20 is `~`, `_` | 0x20 is DEL, `-` without its bit is CR.
  assert.equal(find('user\x0dagent'), undefined);
  assert.equal(find('te'.replace('t', '\x54'))?.text, 'te');
  assert.equal(find('content_length'), undefined);
});
