import assert from 'node:assert/strict';
import { TransportError } from '../../../src/proxy/forward/transport.ts';
import { SocketsTransport } from '../../../src/runtime/sockets/sockets-transport.ts';
import { withChain } from '../../support/h2-chain.ts';
import { data, FRAME, frame, headers, word } from '../../support/h2-frames.ts';
import { h2Client, request } from '../../support/h2-mesh.ts';
import { H2Upstream } from '../../support/h2-upstream.ts';
import { attemptTo, readBody } from '../../support/socket-mesh.ts';
import type { Case } from './case.ts';

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const OK = [
  [':status', '200'],
  ['x', '1'],
] as const;

const goaway = (last: number, code: number) =>
  frame(FRAME.goaway, 0, 0, Buffer.concat([word(last), word(code)]));
const reset = (code: number) => frame(FRAME.rstStream, 0, 1, word(code));

/** What an upstream that breaks rules says to the request on stream 1, and what the client may at most see. */
const BROKEN: readonly (readonly [name: string, say: (upstream: H2Upstream) => void | Promise<void>])[] = [
  [
    'RST_STREAM(NO_ERROR) after a part of the body',
    (up) => up.send(headers(1, OK, 0), data(1, 'abc'), reset(0)),
  ],
  [
    'the same, later',
    async (up) => {
      up.send(headers(1, OK, 0), data(1, 'abc'));
      await sleep(30);
      up.send(reset(0));
    },
  ],
  ['RST_STREAM(CANCEL)', (up) => up.send(headers(1, OK, 0), data(1, 'abc'), reset(8))],
  [
    'RST_STREAM(INTERNAL_ERROR) later',
    async (up) => {
      up.send(headers(1, OK, 0), data(1, 'abc'));
      await sleep(30);
      up.send(reset(2));
    },
  ],
  [
    'the end of the connection',
    async (up) => {
      up.send(headers(1, OK, 0), data(1, 'abc'));
      await sleep(30);
      up.socket.end();
    },
  ],
  [
    'a reset of the connection',
    async (up) => {
      up.send(headers(1, OK, 0), data(1, 'abc'));
      await sleep(30);
      up.socket.resetAndDestroy();
    },
  ],
  [
    'GOAWAY with an error',
    async (up) => {
      up.send(headers(1, OK, 0), data(1, 'abc'));
      await sleep(30);
      up.send(goaway(1, 2));
      up.socket.end();
    },
  ],
  [
    'a body shorter than its length',
    (up) => up.send(headers(1, [...OK, ['content-length', '5']], 0), data(1, 'abc', 1)),
  ],
  [
    'a body longer than its length',
    (up) => up.send(headers(1, [...OK, ['content-length', '2']], 0), data(1, 'abc', 1)),
  ],
  [
    'a body shorter than its length, with trailers',
    (up) =>
      up.send(
        headers(1, [...OK, ['content-length', '5']], 0),
        data(1, 'abc'),
        headers(1, [['grpc-status', '0']], 1),
      ),
  ],
  ['a second head without an end', (up) => up.send(headers(1, OK, 0), headers(1, OK, 0), data(1, 'abc', 1))],
  ['status 101', (up) => up.send(headers(1, [[':status', '101']], 0))],
  ['a status that is none', (up) => up.send(headers(1, [[':status', '2x0']], 1))],
  ['no status', (up) => up.send(headers(1, [['x', '1']], 1))],
  ['a connection-specific field', (up) => up.send(headers(1, [...OK, ['connection', 'close']], 1))],
  ['an upper-case name', (up) => up.send(headers(1, [...OK, ['X-A', '1']], 1))],
  ['HTTP/1.1', (up) => up.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')],
];

export const H2_FAILURE_CASES: readonly Case[] = [
  {
    name: 'HTTP/2: a response of an upstream that breaks off or breaks the rules never looks complete',
    run: async () => {
      for (const [name, say] of BROKEN) {
        const upstream = await H2Upstream.listen((up) => void say(up));
        await withChain({ port: upstream.port, http2: true }, async ({ outbound }) => {
          const client = h2Client(outbound.port);
          const answer = await request(client);
          const whole = answer.status === 200 && answer.code === 0;
          assert.ok(!whole, `${name}: ${JSON.stringify(answer)}`);
          client.close();
        });
        upstream.close();
      }
    },
  },
  {
    name: 'HTTP/2: a slow reader gets all of a body that came whole, and RST_STREAM(NO_ERROR) after it is no harm',
    run: async () => {
      const upstream = await H2Upstream.listen((up) =>
        up.send(headers(1, OK, 0), data(1, 'a'.repeat(15_000)), data(1, 'b'.repeat(15_000), 1), reset(0)),
      );
      const transport = new SocketsTransport();
      const response = await transport.send({ ...attemptTo(upstream.port), http2: true }, undefined);
      await sleep(80);
      assert.equal((await readBody(response.body)).length, 30_000);
      transport.close();
      upstream.close();
    },
  },
  {
    name: 'HTTP/2: what the upstream refused or never looked at was not sent, what died after is a reset',
    run: async () => {
      const table: readonly (readonly [(up: H2Upstream) => void, failure: string, sent: boolean])[] = [
        [(up) => up.send(reset(7)), 'refused-stream', false],
        [(up) => up.send(goaway(0, 0)), 'refused-stream', false],
        [(up) => up.send(reset(2)), 'reset', true],
        [(up) => up.socket.end(), 'reset', true],
        [(up) => up.socket.resetAndDestroy(), 'reset', true],
      ];
      for (const [say, failure, sent] of table) {
        const upstream = await H2Upstream.listen(say);
        const transport = new SocketsTransport();
        await assert.rejects(
          transport.send({ ...attemptTo(upstream.port), http2: true }, undefined),
          (error) => {
            assert.ok(error instanceof TransportError, String(error));
            assert.deepEqual([error.failure, error.sent], [failure, sent]);
            return true;
          },
        );
        transport.close();
        upstream.close();
      }
    },
  },
  {
    name: 'HTTP/2: a connection that said GOAWAY is not used again, and the next request goes elsewhere',
    run: async () => {
      const upstream = await H2Upstream.listen((up, stream) => {
        up.send(headers(stream, OK, 1));
        up.send(goaway(stream, 0));
      });
      const transport = new SocketsTransport();
      for (let i = 1; i <= 3; i++) {
        const response = await transport.send({ ...attemptTo(upstream.port), http2: true }, undefined);
        assert.equal(response.status, 200);
        await sleep(20);
        assert.equal(upstream.connections, i);
      }
      transport.close();
      upstream.close();
    },
  },
];
