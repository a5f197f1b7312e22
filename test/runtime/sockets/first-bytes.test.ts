import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { beginsLikeHttp } from '../../../src/runtime/sockets/http-beginning.ts';
import { nameServers, parseServerAddress } from '../../../src/runtime/sockets/name-servers.ts';

describe('the first bytes of plaintext', () => {
  for (const [bytes, expected] of [
    ['GET / HTTP/1.1\r\n', true],
    ['PRI * HTTP/2.0\r\n', true],
    ['M-SEARCH * HTTP/1.1', true],
    ['G', true],
    ['BASELINE-CONTROLXXXX / HTTP/1.1', true],
    ['BASELINE-CONTROLXXXXX', false],
    ['', false],
    [' GET', false],
    ['get / HTTP/1.1', false],
    ['SSH-2.0-OpenSSH', false],
    ['\x00\x00\x00\x08\x04\xd2\x16\x2f', false],
    ['*1\r\n$4\r\nPING\r\n', false],
  ] as const)
    test(`${JSON.stringify(bytes)} ${expected ? 'are' : 'are not'} like HTTP`, () =>
      assert.equal(beginsLikeHttp(Buffer.from(bytes, 'latin1')), expected));
});

describe('a resolv.conf', () => {
  test('names three servers at most, by address', () => {
    const text = `# nameserver 9.9.9.9
nameserver 10.0.0.2
 nameserver	FD00:0::2 # office
nameserver resolver.example
search default.svc
nameserver 10.0.0.3
nameserver 10.0.0.4
`;
    const servers = nameServers(text).map(({ address, port }) => `${address} ${port}`);
    assert.deepEqual(servers, ['10.0.0.2 53', 'fd00::2 53', '10.0.0.3 53']);
    assert.deepEqual(nameServers(''), []);
  });

  test('is not where other forms of an address are read', () => {
    assert.equal(parseServerAddress('fd00::2:70000:'), undefined);
    assert.equal(parseServerAddress('[fd00::2]'.repeat(2)), undefined);
  });
});
