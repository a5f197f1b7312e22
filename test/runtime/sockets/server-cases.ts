import assert from 'node:assert/strict';
import type { Handler } from '../../../src/proxy/exchange.ts';
import type { BodySource } from '../../../src/runtime/sockets/body.ts';
import { RawPeer } from '../../support/raw-peer.ts';
import { fixedBody, openPort, readBody, text } from '../../support/socket-mesh.ts';
import type { Case } from './case.ts';

const echo: Handler<BodySource> = async ({ head, body }) =>
  text(`${head.method} ${head.target} ${await readBody(body)}`);

/** Opens a port and a client on it, and closes both afterwards. */
async function withClient(
  handler: Handler<BodySource>,
  run: (client: RawPeer, port: number) => Promise<void>,
  more: Parameters<typeof openPort>[1] = {},
): Promise<void> {
  const listening = await openPort(handler, more);
  const client = await RawPeer.connect(listening.port);
  try {
    await run(client, listening.port);
  } finally {
    client.socket.destroy();
    await listening.close();
  }
}

function ok(body: BodySource | string | undefined, status = 200) {
  return Promise.resolve({ ...text('', status), body });
}

export const SERVER_CASES: readonly Case[] = [
  {
    name: 'a request that arrives octet by octet is answered',
    run: () =>
      withClient(echo, async (client) => {
        for (const octet of 'POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc') {
          client.write(octet);
          await new Promise((resolve) => setImmediate(resolve));
        }
        assert.match(await client.until('POST /a abc'), /^HTTP\/1\.1 200 [^\n]*\r\n/);
      }),
  },
  {
    name: 'pipelined requests are answered in order, one at a time',
    run: async () => {
      let inFlight = 0;
      const handler: Handler<BodySource> = async (exchange) => {
        assert.equal(++inFlight, 1);
        await new Promise((resolve) => setTimeout(resolve, exchange.head.target === '/1' ? 20 : 0));
        inFlight--;
        return echo(exchange);
      };
      await withClient(handler, async (client) => {
        const post = 'POST /2 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n';
        client.write(`GET /1 HTTP/1.1\r\nHost: x\r\n\r\n${post}GET /3 HTTP/1.1\r\nHost: x\r\n\r\n`);
        const answers = await client.until('GET /3 ');
        assert.deepEqual(answers.match(/(GET|POST) \/\d( abc)?/g), ['GET /1', 'POST /2 abc', 'GET /3']);
      });
    },
  },
  {
    name: 'a connection is kept until the client or HTTP/1.0 says otherwise',
    run: () =>
      withClient(echo, async (client, port) => {
        client.write('GET /1 HTTP/1.1\r\nHost: x\r\n\r\n');
        await client.until('GET /1');
        client.write('GET /2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
        assert.match(await client.untilEnd(), /connection: close\r\n[\s\S]*GET \/2 $/);
        assert.equal(client.ended, 'end');
        const old = await RawPeer.connect(port);
        old.write('GET /3 HTTP/1.0\r\nHost: x\r\n\r\n');
        assert.match(await old.untilEnd(), /GET \/3 $/);
      }),
  },
  {
    name: 'a body of unknown length leaves in chunks, and for HTTP/1.0 with the connection',
    run: () =>
      withClient(
        () => ok(fixedBody({ kind: 'close' }, ['abc', 'defg'])),
        async (client, port) => {
          client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
          const answer = await client.until('0\r\n\r\n');
          assert.match(answer, /transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n$/);
          const old = await RawPeer.connect(port);
          old.write('GET / HTTP/1.0\r\nHost: x\r\n\r\n');
          assert.match(await old.untilEnd(), /connection: close\r\n\r\nabcdefg$/);
        },
      ),
  },
  {
    name: 'a body that is shorter or longer than its head says ends in a broken connection',
    run: async () => {
      for (const chunks of [['abc'], ['abcdef']]) {
        await withClient(
          () => ok(fixedBody({ kind: 'length', length: 5 }, chunks)),
          async (client) => {
            client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
            const answer = await client.untilEnd();
            assert.ok(!answer.endsWith('abcde'), answer);
          },
        );
      }
    },
  },
  {
    name: 'responses to HEAD, 204 and 304 carry no body',
    run: () =>
      withClient(
        ({ head }) => ok(head.target === '/head' ? 'abc' : undefined, Number(head.target.slice(1)) || 200),
        async (client) => {
          client.write('HEAD /head HTTP/1.1\r\nHost: x\r\n\r\n');
          client.write('GET /204 HTTP/1.1\r\nHost: x\r\n\r\n');
          client.write('GET /304 HTTP/1.1\r\nHost: x\r\n\r\n');
          client.write('GET /200 HTTP/1.1\r\nHost: x\r\n\r\n');
          const answer = await client.until('content-length: 0\r\n\r\n');
          const heads = answer.split('\r\n\r\n').map((head) => head.slice(9, 12));
          assert.deepEqual(heads, ['200', '204', '304', '200', '']);
          assert.ok(!answer.includes('abc'));
        },
      ),
  },
  {
    name: '100 (Continue) is said when the body is wanted, and not when it is refused',
    run: async () => {
      const head = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n';
      await withClient(echo, async (client) => {
        client.write(head);
        await client.until('HTTP/1.1 100 Continue\r\n\r\n');
        client.write('abc');
        await client.until('POST / abc');
      });
      await withClient(
        () => ok('no', 403),
        async (client) => {
          client.write(head);
          const answer = await client.untilEnd();
          assert.match(answer, /^HTTP\/1\.1 403 /);
          assert.ok(answer.includes('connection: close'));
        },
      );
    },
  },
  {
    name: 'illegal and unsupported requests are refused and the connection is closed',
    run: async () => {
      const table: [string, string][] = [
        ['GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n', '400'],
        ['GET / HTTP/1.1\nHost: x\n\n', '400'],
        ['GET / HTTP/3.0\r\n\r\n', '505'],
        ['GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: spdy/3.1\r\n\r\n', '501'],
        ['POST / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n', '400'],
        ['CONNECT x:1 HTTP/1.1\r\nHost: x:1\r\nContent-Length: 1\r\n\r\na', '400'],
        [`GET / HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(70_000)}\r\n\r\n`, '431'],
        ['POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', '400'],
      ];
      for (const [request, status] of table) {
        await withClient(echo, async (client) => {
          client.write(request);
          assert.equal((await client.untilEnd()).slice(9, 12), status, request.slice(0, 60));
        });
      }
    },
  },
  {
    name: 'status 0 closes without an answer, and a handler that rejects is a 500',
    run: async () => {
      await withClient(
        () => ok(undefined, 0),
        async (client) => {
          client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
          assert.equal(await client.untilEnd(), '');
        },
      );
      await withClient(
        () => Promise.reject(new Error('broken')),
        async (client) => {
          client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
          assert.match(await client.until('\r\n\r\n'), /^HTTP\/1\.1 500 /);
        },
      );
    },
  },
  {
    name: 'the signal fires when the client goes',
    run: async () => {
      let signalled: () => void = () => undefined;
      const gone = new Promise<void>((resolve) => {
        signalled = resolve;
      });
      const handler: Handler<BodySource> = ({ signal }) =>
        new Promise((resolve) => {
          signal?.addEventListener('abort', () => {
            signalled();
            resolve(text(''));
          });
        });
      await withClient(handler, async (client) => {
        client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
        await new Promise((resolve) => setTimeout(resolve, 20));
        client.socket.destroy();
        await gone;
      });
    },
  },
  {
    name: 'a slow head gets 408, a silent and an idle client are closed',
    run: async () => {
      const deadlines = { headerMs: 60, idleMs: 60, handshakeMs: 60 };
      await withClient(
        echo,
        async (client, port) => {
          client.write('GET / HT');
          assert.match(await client.untilEnd(), /^HTTP\/1\.1 408 /);
          const silent = await RawPeer.connect(port);
          assert.equal(await silent.untilEnd(), '');
          const idle = await RawPeer.connect(port);
          idle.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
          assert.match(await idle.untilEnd(), /^HTTP\/1\.1 200 /);
        },
        { deadlines },
      );
    },
  },
  {
    name: 'a request body that stalls is given up',
    run: () =>
      withClient(
        echo,
        async (client) => {
          client.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\na');
          assert.equal(await client.untilEnd(), '');
        },
        { deadlines: { bodyIdleMs: 60 } },
      ),
  },
  {
    name: 'connections above the limit are closed',
    run: () =>
      withClient(
        echo,
        async (client, port) => {
          client.write('GET /1 HTTP/1.1\r\nHost: x\r\n\r\n');
          await client.until('GET /1');
          const second = await RawPeer.connect(port);
          assert.equal(await second.untilEnd(), '');
        },
        { maxConnections: 1 },
      ),
  },
  {
    name: 'drain lets an exchange end and closes idle connections',
    run: async () => {
      let release: () => void = () => undefined;
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      const handler: Handler<BodySource> = async (exchange) => {
        if (exchange.head.target === '/slow') await held;
        return echo(exchange);
      };
      const listening = await openPort(handler);
      const [busy, idle] = [await RawPeer.connect(listening.port), await RawPeer.connect(listening.port)];
      idle.write('GET /1 HTTP/1.1\r\nHost: x\r\n\r\n');
      await idle.until('GET /1');
      busy.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n');
      await new Promise((resolve) => setTimeout(resolve, 20));
      const drained = listening.drain(5_000);
      await idle.untilEnd();
      release();
      assert.match(await busy.untilEnd(), /connection: close[\s\S]*GET \/slow $/);
      await drained;
      await assert.rejects(RawPeer.connect(listening.port));
    },
  },
  {
    name: 'plaintext is closed without a byte where it is not admitted',
    run: () =>
      withClient(
        echo,
        async (client) => {
          client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
          assert.equal(await client.untilEnd(), '');
        },
        {
          admit: (arrival) =>
            arrival === 'mesh-tls' ? { direction: 'inbound', port: 9080, scheme: 'http' } : undefined,
        },
      ),
  },
];
