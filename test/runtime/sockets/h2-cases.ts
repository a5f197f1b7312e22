import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { constants } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { h2Application, withChain } from '../../support/h2-chain.ts';
import { answerOf, fieldOf, h2Client, open, request } from '../../support/h2-mesh.ts';
import type { Case } from './case.ts';

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Gives back what it got, with trailers. */
function echo() {
  return h2Application((stream, fields) => {
    stream.respond({ ':status': 200, 'x-fields': JSON.stringify(fields) }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0', 'x-many': ['1', '2'] }));
    stream.pipe(stream);
  });
}

async function withEcho(run: (port: number) => Promise<void>): Promise<void> {
  const application = await echo();
  try {
    await withChain({ port: application.port, http2: true }, async ({ outbound, connections }) => {
      await run(outbound.port);
      assert.ok(connections.every(({ http2, security, peer }) => http2 && security === 'mutual_tls' && peer));
    });
  } finally {
    application.close();
  }
}

export const H2_CASES: readonly Case[] = [
  {
    name: 'HTTP/2: 100 streams at a time go through two sidecars and come back as they were',
    run: () =>
      withEcho(async (port) => {
        const client = h2Client(port);
        const bodies = Array.from({ length: 100 }, (_, i) => String(i).repeat(20_000));
        const answers = await Promise.all(
          bodies.map((body, i) => request(client, { ':path': `/${i}` }, body)),
        );
        answers.forEach((answer, i) => {
          assert.equal(answer.status, 200);
          assert.ok(
            answer.body === bodies[i],
            `${i}: ${answer.body.length} ${answer.code} ${answer.trailers}`,
          );
          assert.equal(answer.code, 0);
        });
        client.close();
      }),
  },
  {
    name: 'HTTP/2: head, cookies, repeated fields, obs-text and trailers arrive as they were sent',
    run: () =>
      withEcho(async (port) => {
        const client = h2Client(port);
        const fields = {
          ':path': '/a%2Fb?q=1&q=2',
          cookie: ['a=1', 'b=2'],
          'x-twice': ['1', '2'],
          'x-text': '\xe9\xff',
          te: 'trailers',
        };
        const answer = await request(client, fields);
        const got: string[] = JSON.parse(fieldOf(answer.headers, 'x-fields') ?? '[]');
        assert.deepEqual(got.slice(0, 8), [
          ':method',
          'GET',
          ':scheme',
          'http',
          ':authority',
          'reviews',
          ':path',
          '/a%2Fb?q=1&q=2',
        ]);
        const cookies = got.filter((_, i) => got[i - 1] === 'cookie').join('; ');
        assert.equal(cookies, 'a=1; b=2');
        assert.deepEqual(
          got.filter((_, i) => got[i - 1] === 'x-twice'),
          ['1', '2'],
        );
        assert.equal(fieldOf(got, 'x-text'), '\xe9\xff');
        assert.equal(fieldOf(got, 'te'), 'trailers');
        assert.deepEqual(answer.trailers, ['grpc-status', '0', 'x-many', '1', 'x-many', '2']);
        client.close();
      }),
  },
  {
    name: 'HTTP/2: a bidirectional stream goes back and forth message by message',
    run: () =>
      withEcho(async (port) => {
        const client = h2Client(port);
        const stream = open(client, { ':method': 'POST' }, false);
        const answer = answerOf(stream);
        let got = '';
        stream.on('data', (chunk: Buffer) => {
          got += chunk.toString();
        });
        for (let i = 0; i < 20; i++) {
          stream.write(`ping ${i};`);
          while (!got.endsWith(`ping ${i};`)) await sleep(1);
        }
        stream.end();
        assert.equal((await answer).trailers.length, 6);
        client.close();
      }),
  },
  {
    name: 'HTTP/2: a cancel of the client reaches the application, before and after the response head',
    run: async () => {
      const codes: Promise<number>[] = [];
      const application = await h2Application((stream, fields) => {
        codes.push(new Promise((resolve) => stream.on('close', () => resolve(stream.rstCode))));
        if (fieldOf(fields, ':path') === '/head') {
          stream.respond({ ':status': 200 });
          stream.write('abc');
        }
      });
      await withChain({ port: application.port, http2: true }, async ({ outbound }) => {
        const client = h2Client(outbound.port);
        for (const path of ['/none', '/head']) {
          const stream = open(client, { ':path': path });
          const seen = codes.length;
          while (codes.length === seen) await sleep(5);
          if (path === '/head') await new Promise((resolve) => stream.once('data', resolve));
          stream.close(constants.NGHTTP2_CANCEL);
          assert.equal(await codes.at(-1), constants.NGHTTP2_CANCEL, path);
        }
        client.close();
      });
      application.close();
    },
  },
  {
    name: 'HTTP/2 to an HTTP/1.1 application: bodies, trailers and fields are translated strictly',
    run: async () => {
      const server = createServer((incoming, response) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('end', () => {
          response.writeHead(200, { trailer: 'x-end', 'x-raw': JSON.stringify(incoming.rawHeaders) });
          response.write(Buffer.concat(chunks));
          response.addTrailers({ 'x-end': JSON.stringify(incoming.trailers) });
          response.end();
        });
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      await withChain({ port, http2: false }, async ({ outbound }) => {
        const client = h2Client(outbound.port);
        const answer = await request(
          client,
          { 'x-a': ['1', '2'], cookie: ['a=1', 'b=2'], te: 'trailers' },
          'hello',
        );
        assert.equal(answer.body, 'hello');
        const raw: string[] = JSON.parse(fieldOf(answer.headers, 'x-raw') ?? '[]');
        const pairs = raw.filter((_, i) => i % 2 === 0).map((name, i) => `${name}: ${raw[2 * i + 1]}`);
        assert.deepEqual(pairs.sort(), [
          'cookie: a=1; b=2',
          'host: reviews',
          'transfer-encoding: chunked',
          'x-a: 1',
          'x-a: 2',
        ]);
        assert.equal(fieldOf(answer.trailers, 'x-end'), '{}');
        client.close();
      });
      server.closeAllConnections();
      server.close();
    },
  },
];
