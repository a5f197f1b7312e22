import assert from 'node:assert/strict';
import { type AddressInfo, createServer } from 'node:net';
import { h2Application, withChain } from '../../support/h2-chain.ts';
import { answerOf, h2Client, open, request } from '../../support/h2-mesh.ts';
import { RawPeer } from '../../support/raw-peer.ts';
import { openPort, readBody, text } from '../../support/socket-mesh.ts';
import type { Case } from './case.ts';

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const MIB = 1024 * 1024;

export const H2_FLOW_CASES: readonly Case[] = [
  {
    name: 'HTTP/2: a client that does not read makes the application wait, and gets everything in the end',
    run: async () => {
      const total = 32 * MIB;
      let written = 0;
      const application = await h2Application((stream) => {
        const piece = Buffer.alloc(64 * 1024, 0x61);
        const pump = () => {
          while (written < total && !stream.destroyed) {
            written += piece.length;
            if (!stream.write(piece)) return;
          }
          stream.end();
        };
        stream.respond({ ':status': 200 });
        stream.on('drain', pump);
        pump();
      });
      await withChain({ port: application.port, http2: true }, async ({ outbound }) => {
        const client = h2Client(outbound.port);
        const stream = open(client);
        let got = 0;
        stream.pause();
        for (let before = -1; written === 0 || before !== written; ) {
          before = written;
          await sleep(150);
        }
        assert.ok(written < total / 2, `${written} written while nobody read`);
        stream.on('data', (chunk: Buffer) => {
          got += chunk.length;
        });
        stream.resume();
        await new Promise((resolve) => stream.on('close', resolve));
        assert.equal(got, total);
        client.close();
      });
      application.close();
    },
  },
  {
    name: 'HTTP/2: an application that does not read makes the client wait, and gets everything in the end',
    run: async () => {
      const total = 16 * MIB;
      let got = 0;
      let go: () => void = () => undefined;
      const application = await h2Application((stream) => {
        stream.pause();
        go = () => {
          stream.on('data', (chunk: Buffer) => {
            got += chunk.length;
          });
          stream.on('end', () => {
            stream.respond({ ':status': 200 });
            stream.end();
          });
          stream.resume();
        };
      });
      await withChain({ port: application.port, http2: true }, async ({ outbound }) => {
        const client = h2Client(outbound.port);
        const stream = open(client, { ':method': 'POST' }, false);
        const answer = answerOf(stream);
        let taken = 0;
        const piece = Buffer.alloc(16 * 1024, 0x62);
        const pump = () => {
          while (taken < total) {
            taken += piece.length;
            if (!stream.write(piece)) return;
          }
          stream.end();
        };
        stream.on('drain', pump);
        pump();
        for (let before = -1; taken === 0 || before !== taken; ) {
          before = taken;
          await sleep(150);
        }
        assert.ok(taken < total / 2, `${taken} taken while nobody read`);
        go();
        assert.equal((await answer).status, 200);
        assert.equal(got, total);
        client.close();
      });
      application.close();
    },
  },
  {
    name: 'HTTP/1.1 to an HTTP/2 application: bodies and trailers come as chunks',
    run: async () => {
      const application = await h2Application((stream, fields) => {
        stream.respond({ ':status': 200, 'x-fields': fields.join() }, { waitForTrailers: true });
        stream.on('wantTrailers', () => stream.sendTrailers({ 'x-end': 'yes' }));
        stream.pipe(stream);
      });
      await withChain({ port: application.port, http2: true }, async ({ outbound }) => {
        const client = await RawPeer.connect(outbound.port);
        client.write(
          'POST /a HTTP/1.1\r\nHost: reviews\r\nTE: trailers\r\nConnection: TE, X-Hop\r\nX-Hop: 1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
        );
        const answer = await client.until('x-end: yes\r\n\r\n');
        assert.match(answer, /^HTTP\/1\.1 200 /);
        assert.match(answer, /3\r\nabc\r\n0\r\nx-end: yes\r\n\r\n$/);
        assert.match(
          answer,
          /x-fields: :method,POST,:scheme,http,:authority,reviews,:path,\/a,te,trailers\r\n/,
        );
        client.socket.destroy();
      });
      application.close();
    },
  },
  {
    name: 'an interim response that cannot be written is dropped, and the final one arrives',
    run: async () => {
      const odd = 'HTTP/1.1 103 Early Hints\r\nETag: "a"\r\nETag: "b"\r\n\r\n';
      const answer = `${odd}HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok`;
      const application = createServer((socket) => socket.on('data', () => socket.write(answer)));
      await new Promise<void>((resolve) => application.listen(0, '127.0.0.1', resolve));
      const { port } = application.address() as AddressInfo;
      await withChain({ port, http2: false }, async ({ outbound }) => {
        const client = h2Client(outbound.port);
        const { status, body } = await request(client);
        assert.deepEqual([status, body], [200, 'ok']);
        client.close();
      });
      application.close();
    },
  },
  {
    name: 'HTTP/2 and HTTP/1.1: 103 (Early Hints) goes through, to HTTP/1.0 it does not',
    run: async () => {
      const application = await h2Application((stream) => {
        stream.additionalHeaders({ ':status': 103, link: '</a>' });
        stream.respond({ ':status': 200 });
        stream.end('ok');
      });
      await withChain({ port: application.port, http2: true }, async ({ outbound }) => {
        const client = h2Client(outbound.port);
        const answer = await request(client);
        assert.deepEqual([answer.interim, answer.status, answer.body], [[103], 200, 'ok']);
        client.close();
        const modern = await RawPeer.connect(outbound.port);
        modern.write('GET / HTTP/1.1\r\nHost: reviews\r\nConnection: close\r\n\r\n');
        assert.match(await modern.untilEnd(), /^HTTP\/1\.1 103 \r\nlink: <\/a>\r\n\r\nHTTP\/1\.1 200 /);
        const old = await RawPeer.connect(outbound.port);
        old.write('GET / HTTP/1.0\r\nHost: reviews\r\n\r\n');
        assert.match(await old.untilEnd(), /^HTTP\/1\.1 200 /);
      });
      application.close();
    },
  },
  {
    name: 'a flood of interim responses is cut off, also where nobody wants to hear them (T11)',
    run: async () => {
      const application = await h2Application((stream) => {
        for (let i = 0; i < 40; i++) stream.additionalHeaders({ ':status': 103, link: '</a>' });
        stream.on('error', () => undefined);
      });
      await withChain({ port: application.port, http2: true }, async ({ outbound }) => {
        const old = await RawPeer.connect(outbound.port);
        old.write('GET / HTTP/1.0\r\nHost: reviews\r\n\r\n');
        assert.match(await old.untilEnd(), /^HTTP\/1\.1 50[23] /);
      });
      application.close();
    },
  },
  {
    name: 'HTTP/2: a client that waits for 100 (Continue) gets it when its body is wanted',
    run: async () => {
      const listening = await openPort(async ({ body }) => text(await readBody(body)));
      const client = h2Client(listening.port);
      const stream = open(client, { ':method': 'POST', expect: '100-continue' }, false);
      const answer = answerOf(stream);
      // Told by an event of its own where it is not among the interim responses.
      const asked = new Promise<void>((resolve) => {
        stream.once('continue', () => resolve());
        stream.once('headers', () => resolve());
      });
      await asked;
      stream.end('abc');
      assert.equal((await answer).body, 'abc');
      client.close();
      await listening.close();
    },
  },
];
