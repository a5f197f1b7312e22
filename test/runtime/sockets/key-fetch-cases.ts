import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { fetchKeys } from '../../../src/runtime/sockets/fetch-keys.ts';
import { EdgeCa } from '../../support/edge-certificate.ts';
import { rawServer } from '../../support/raw-peer.ts';
import type { Case } from './case.ts';

const DOCUMENT = '{"keys":[]}';

/** A server of plaintext that answers everything with these bytes, and what it was asked. */
async function answering(bytes: string) {
  const asked: string[] = [];
  const server = await rawServer(async (peer) => {
    asked.push(await peer.until('\r\n\r\n'));
    peer.write(bytes);
  });
  const host = `localhost:${server.port}`;
  const fetch = fetchKeys({ allowed: new Set([host]), resolve: async () => ['127.0.0.1'] });
  return { asked, server, host, uri: `http://${host}/jwks?a=b`, fetch };
}

async function rejects(bytes: string, reason: RegExp): Promise<void> {
  const { server, uri, fetch } = await answering(bytes);
  await assert.rejects(fetch(uri, 2000), reason);
  server.close();
}

const whole = `HTTP/1.1 200 OK\r\nContent-Length: ${DOCUMENT.length}\r\n\r\n${DOCUMENT}`;

/** What fetching keys promises. */
export const KEY_FETCH_CASES: readonly Case[] = [
  {
    name: 'keys are fetched by length, in chunks, and up to the end of the connection',
    run: async () => {
      const chunked = `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"key\r\n6\r\ns":[]}\r\n0\r\n\r\n`;
      for (const bytes of [whole, chunked]) {
        const { asked, server, host, uri, fetch } = await answering(bytes);
        assert.equal(await fetch(uri, 2000), DOCUMENT);
        assert.match(asked[0] ?? '', /^GET \/jwks\?a=b HTTP\/1\.1\r\n/);
        assert.ok(asked[0]?.includes(`host: ${host}\r\n`));
        server.close();
      }
    },
  },
  {
    name: 'a redirect, an error and a malformed answer give no keys',
    run: async () => {
      await rejects(
        'HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\nContent-Length: 0\r\n\r\n',
        /answered 302/,
      );
      await rejects('HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n', /answered 500/);
      await rejects('HELLO\r\n\r\n', /malformed/);
      await rejects(
        'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc',
        /malformed/,
      );
    },
  },
  {
    name: 'more than 64 KiB of keys are not read',
    run: async () => {
      await rejects(
        `HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n${' '.repeat(70_000)}`,
        /more than 65536/,
      );
    },
  },
  {
    name: 'a server of keys that says nothing is given up in time',
    run: async () => {
      const { server, uri, fetch } = await answering('');
      await assert.rejects(fetch(uri, 100));
      server.close();
    },
  },
  {
    name: 'an address of DNS that is not public is not dialled, alone or among others',
    run: async () => {
      for (const addresses of [['127.0.0.1'], ['10.0.0.1'], ['::1'], ['8.8.8.8', '192.168.0.1'], []]) {
        const fetch = fetchKeys({ allowed: new Set(), resolve: async () => addresses });
        await assert.rejects(fetch('https://issuer.example/jwks', 2000), /not public/, String(addresses));
      }
      const fetch = fetchKeys({
        allowed: new Set(),
        resolve: () => Promise.reject(new Error('never asked')),
      });
      await assert.rejects(fetch('https://127.0.0.1/jwks', 2000), /not public/);
      await assert.rejects(fetch('http://issuer.example/jwks', 2000), /not https/);
    },
  },
  {
    name: 'keys over TLS need a certificate of the name',
    run: async () => {
      const ca = await EdgeCa.create('keys');
      const server = createServer(await ca.server('keys.example'), (socket) => {
        socket.once('data', () => socket.write(whole));
        socket.on('error', () => undefined);
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      const allowed = new Set([`keys.example:${port}`, `other.example:${port}`]);
      const resolve = async () => ['127.0.0.1'];
      const trusting = fetchKeys({ allowed, resolve, ca: ca.pem });
      assert.equal(await trusting(`https://keys.example:${port}/`, 2000), DOCUMENT);
      await assert.rejects(trusting(`https://other.example:${port}/`, 2000));
      await assert.rejects(fetchKeys({ allowed, resolve })(`https://keys.example:${port}/`, 2000));
      server.close();
    },
  },
];
