import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseAuthority, parsePort, splitAuthority } from '../../src/http/authority.ts';

const accepted: [string, string, number | undefined][] = [
  ['a', 'a', undefined],
  ['A.Example', 'a.example', undefined],
  ['a.example:8080', 'a.example', 8080],
  ['a.example.', 'a.example', undefined],
  ['a.example.:1', 'a.example', 1],
  ['a_b-c.d', 'a_b-c.d', undefined],
  ['1.2.3.4', '1.2.3.4', undefined],
  ['1.2.3.4:65535', '1.2.3.4', 65535],
  ['4.example', '4.example', undefined],
  ['0xyz', '0xyz', undefined],
  ['[::1]', '[::1]', undefined],
  ['[2001:DB8::1]:80', '[2001:db8::1]', 80],
  ['[1:2:3:4:5:6:7:8]', '[1:2:3:4:5:6:7:8]', undefined],
  ['[::ffff:1.2.3.4]', '[::ffff:1.2.3.4]', undefined],
  [`${'a'.repeat(63)}.b`, `${'a'.repeat(63)}.b`, undefined],
];
describe('an authority', () => {
  for (const [text, host, port] of accepted) {
    test(`${text.slice(0, 40)} is read`, () => {
      assert.deepEqual(parseAuthority(text), { authority: text.toLowerCase(), host, port });
    });
  }
});

const refused = [
  '',
  '.',
  '.a',
  'a..b',
  'a..',
  ':80',
  'a:',
  'a:0',
  'a:080',
  'a:65536',
  'a:8x',
  'a:80:80',
  'u@a',
  'u:p@a',
  'a b',
  ' a',
  'a,b',
  'a/b',
  'a?b',
  'a#b',
  'a\\b',
  'a%2eb',
  'a*',
  '*.a',
  'caf\xe9',
  '\u212a.example',
  'a\0',
  'a\r\nb',
  '2130706433',
  '0x7f000001',
  '0x',
  '127.1',
  '0177.0.0.1',
  '1.2.3.256',
  '1.2.3.4.5',
  'a.1',
  'a.0xff',
  '1.2.3.4..',
  '::1',
  '[]',
  '[',
  ']',
  '[::1',
  '[::1]x',
  '[::1:80',
  '[::1x:80',
  '[::1]:',
  '[::1%25eth0]',
  '[fe80::1%eth0]',
  '[1:2:3:4:5:6:7]',
  '[1:2:3:4:5:6:7:8:9]',
  '[1:2:3:4:5:6:7::8]',
  '[:1:2:3:4:5:6:7]',
  '[1::2::3]',
  '[:::]',
  '[12345::]',
  '[g::]',
  '[1.2.3.4]',
  '[::1.2.3.4.]',
  '[1.2.3.4::]',
  '[v1.a]',
  `${'a'.repeat(64)}.b`,
  'a.'.repeat(130),
];
describe('no authority is', () => {
  for (const text of refused) {
    test(JSON.stringify(text.slice(0, 40)), () => assert.equal(parseAuthority(text), undefined));
  }
});

test('what is accepted is what the URL standard reads the same', () => {
  const texts = fc.oneof(fc.stringMatching(/^[0-9a-fx.:[\]A-]{1,12}$/), fc.domain());
  fc.assert(
    fc.property(texts, (text) => {
      const parsed = parseAuthority(text);
      if (parsed === undefined) return;
      const url = new URL(`weft://${text}/`);
      assert.equal(url.username, '');
      if (!text.startsWith('[')) assert.equal(url.hostname.toLowerCase().replace(/\.$/, ''), parsed.host);
      assert.equal(url.port, parsed.port === undefined ? '' : String(parsed.port));
    }),
  );
});

test('every IPv6 address and every domain is accepted', () => {
  fc.assert(fc.property(fc.ipV6(), (address) => assert.ok(parseAuthority(`[${address}]`), address)));
  fc.assert(fc.property(fc.domain(), (domain) => assert.ok(parseAuthority(domain), domain)));
});

test('what parses is split the same, and what configuration may write besides is split without loss', () => {
  const texts = fc.oneof(fc.stringMatching(/^[0-9a-fx.:[\]-]{1,12}$/), fc.domain());
  fc.assert(
    fc.property(texts, (text) => {
      const parsed = parseAuthority(text);
      if (parsed === undefined) return;
      assert.deepEqual(splitAuthority(parsed.authority), { host: parsed.host, port: parsed.port });
    }),
  );
  const table: [text: string, host: string, port: number | undefined][] = [
    ['a b:80', 'a b', 80],
    ['a:x', 'a:x', undefined],
    ['a:0', 'a:0', undefined],
    ['a.:', 'a.:', undefined],
    ['', '', undefined],
  ];
  for (const [text, host, port] of table) assert.deepEqual(splitAuthority(text), { host, port }, text);
});

test('a port is 1 to 65535 without leading zeros', () => {
  for (const text of ['', '0', '01', '65536', '100000', '1e3', '-1', '+1', ' 1']) {
    assert.equal(parsePort(text), undefined);
  }
  assert.deepEqual([parsePort('1'), parsePort('65535')], [1, 65535]);
});
