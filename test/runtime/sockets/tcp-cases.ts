import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { RawPeer } from '../../support/raw-peer.ts';
import { buildPolicy, condition, exact } from '../../support/snapshot.ts';
import { connectThrough, halfOpen } from '../../support/tunnel-client.ts';
import {
  AUTHORIZED,
  type TwoSidecars,
  type TwoSidecarsOptions,
  withTwoSidecars,
} from '../../support/two-sidecars.ts';
import type { Case } from './case.ts';

const MIB = 1024 * 1024;
const TUNNELLED = 64 * MIB;
const PIECE = new Uint8Array(64 * 1024).fill(7);

/** Client → CONNECT → sidecar → mutual TLS → sidecar → a TCP application. */
async function withApplication(
  serve: (socket: Socket) => void,
  run: (mesh: TwoSidecars, sockets: readonly Socket[]) => Promise<void>,
  more: Partial<TwoSidecarsOptions> = {},
): Promise<void> {
  const sockets: Socket[] = [];
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    socket.on('error', () => undefined);
    sockets.push(socket);
    serve(socket);
  });
  const application = await portOf(server);
  try {
    await withTwoSidecars({ protocol: 'tcp', application, ...more }, (mesh) => run(mesh, sockets));
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

function portOf(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen({ host: '127.0.0.1', port: 0 }, () => resolve((server.address() as AddressInfo).port));
  });
}

/** Answers when the client has ended, and only then. */
function answerAtTheEnd(socket: Socket): void {
  let asked = '';
  socket.on('data', (chunk: Buffer) => {
    asked += chunk.toString('latin1');
  });
  socket.on('end', () => {
    socket.write(`you said ${asked}`);
    setTimeout(() => socket.end(', bye'), 20);
  });
}

const ofClient = condition('source.principal', [exact('cluster.local/ns/default/sa/client')]);

export const TCP_CASES: readonly Case[] = [
  {
    name: 'CONNECT leads to a TCP service over mutual TLS, and a client that ended still gets its answer',
    run: () =>
      withApplication(answerAtTheEnd, async (mesh) => {
        for (const name of ['app', 'app.default', 'app.default.svc', 'APP.default.svc.cluster.local.']) {
          const { peer, answer } = await connectThrough(mesh.outbound.port, `${name}:80`, [AUTHORIZED]);
          assert.equal(answer, 'HTTP/1.1 200 Connection established\r\n\r\n');
          peer.socket.end('hello');
          assert.equal((await peer.untilEnd()).slice(answer.length), 'you said hello, bye');
          assert.equal(peer.ended, 'end');
        }
        await until(() => mesh.connections.length === 8);
        for (const outcome of mesh.connections) {
          const { flag, details, sent, received, complete } = outcome;
          assert.deepEqual([flag, details, sent, received, complete], ['-', 'via_upstream', 5, 19, true]);
        }
      }),
  },
  {
    name: 'a server that ends first still hears its client, and one that speaks first is heard',
    run: () =>
      withApplication(
        (socket) => {
          socket.end('220 ready');
          socket.on('data', (chunk: Buffer) => received.push(chunk.toString('latin1')));
        },
        async (mesh, [...sockets]) => {
          received.length = 0;
          const { peer } = await connectThrough(mesh.outbound.port, 'app:80', [AUTHORIZED]);
          await peer.until('220 ready');
          while (peer.ended === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
          peer.socket.end('late words');
          await until(() => received.join('') === 'late words');
          assert.equal(sockets.length, 0);
        },
      ),
  },
  {
    name: 'bytes that come with the CONNECT itself are kept',
    run: () =>
      withApplication(answerAtTheEnd, async (mesh) => {
        const peer = await halfOpen(mesh.outbound.port);
        peer.socket.end(`CONNECT app:80 HTTP/1.1\r\n${AUTHORIZED}\r\n\r\nearly`);
        await peer.until('you said early, bye');
      }),
  },
  {
    name: 'a CONNECT needs the credential, a declared host and a port that can be read in one way',
    run: () =>
      withApplication(answerAtTheEnd, async ({ outbound, connections }, sockets) => {
        const status = async (target: string, ...headers: string[]) =>
          (await connectThrough(outbound.port, target, headers)).answer.slice(9, 12);
        assert.equal(await status('app:80'), '407');
        assert.equal(await status('app:80', 'Proxy-Authorization: Basic d2VmdDpndWVzcw=='), '407');
        assert.equal(await status('app:80', AUTHORIZED, 'Host: other:80'), '400');
        for (const target of ['app', 'app:', 'app:0', 'user@app:80', 'http://app:80', '/', '*', 'a,b:80']) {
          assert.equal(await status(target, AUTHORIZED), '400', target);
        }
        for (const target of ['app:81', 'elsewhere:80', '127.0.0.1:80', 'app.other:80']) {
          assert.equal(await status(target, AUTHORIZED), '502', target);
        }
        assert.equal(sockets.length, 0);
        assert.equal(connections.filter(({ details }) => details === 'block_all').length, 4);
      }),
  },
  {
    name: 'under ALLOW_ANY a CONNECT to an undeclared host is passed through, and a closed port is 503 UF',
    run: () =>
      withApplication(
        answerAtTheEnd,
        async (mesh) => {
          const echo = createServer((socket) => socket.pipe(socket));
          const port = await portOf(echo);
          const { peer } = await connectThrough(mesh.outbound.port, `127.0.0.1:${port}`, [AUTHORIZED]);
          peer.socket.end('ping');
          assert.match(await peer.untilEnd(), /\r\n\r\nping$/);
          await new Promise((resolve) => echo.close(resolve));
          const refused = await connectThrough(mesh.outbound.port, `127.0.0.1:${port}`, [AUTHORIZED]);
          assert.match(refused.answer, /^HTTP\/1\.1 503 /);
          await until(() => mesh.connections.length === 2);
          assert.deepEqual(
            mesh.connections.map(({ flag, cluster }) => [flag, cluster]),
            [
              ['-', 'PassthroughCluster'],
              ['UF', 'PassthroughCluster'],
            ],
          );
        },
        { outboundTrafficPolicy: 'ALLOW_ANY' },
      ),
  },
  {
    name: 'policy on connections knows the peer of mutual TLS, and closes without a byte to the application',
    run: async () => {
      const attempt = async (action: 'ALLOW' | 'DENY', from: typeof ofClient) => {
        let heard = 0;
        let text = '';
        await withApplication(
          (socket) => {
            heard++;
            socket.write('welcome');
          },
          async (mesh) => {
            const { peer, answer } = await connectThrough(mesh.outbound.port, 'app:80', [AUTHORIZED]);
            if (expected(action, from)) await peer.until('welcome');
            else await peer.untilEnd();
            text = peer.text.slice(answer.length);
            peer.socket.destroy();
          },
          { policies: [buildPolicy(action, [{ from: [[from]] }])] },
        );
        return [text, heard];
      };
      const stranger = condition('source.principal', [exact('cluster.local/ns/default/sa/stranger')]);
      const expected = (action: string, from: typeof ofClient) =>
        (action === 'ALLOW') === (from === ofClient);
      assert.deepEqual(await attempt('ALLOW', ofClient), ['welcome', 1]);
      assert.deepEqual(await attempt('DENY', ofClient), ['', 0]);
      assert.deepEqual(await attempt('ALLOW', stranger), ['', 0]);
      assert.deepEqual(await attempt('DENY', stranger), ['welcome', 1]);
    },
  },
  {
    name: 'a policy that needs a peer denies plaintext, which PERMISSIVE lets in and STRICT does not',
    run: async () => {
      const ask = async (more: Partial<TwoSidecarsOptions>) => {
        let answer = '';
        await withApplication(
          answerAtTheEnd,
          async ({ inbound }) => {
            const peer = await halfOpen(inbound.port);
            peer.socket.end('hello');
            answer = await peer.untilEnd();
          },
          more,
        );
        return answer;
      };
      assert.equal(await ask({}), 'you said hello, bye');
      assert.equal(await ask({ mtls: 'STRICT' }), '');
      assert.equal(await ask({ policies: [buildPolicy('ALLOW', [{ from: [[ofClient]] }])] }), '');
    },
  },
  {
    name: 'where only plaintext TCP can arrive a server speaks first',
    run: () =>
      withApplication(
        (socket) => socket.write('220 ready'),
        async ({ inbound }) => {
          const peer = await RawPeer.connect(inbound.port);
          await peer.until('220 ready');
          peer.socket.destroy();
        },
        { mtls: 'DISABLE' },
      ),
  },
  {
    name: 'TLS of the application itself passes through unread, SNI and ALPN intact, but not under STRICT',
    run: async () => {
      for (const protocol of ['tcp', 'http'] as const) {
        await withTlsApplication(protocol, 'PERMISSIVE', async (mesh, ask, seen) => {
          assert.equal(await ask(mesh.inbound.port), 'echo hello');
          assert.deepEqual(seen, ['db.example|postgresql']);
          await until(() => mesh.connections.length === 1);
        });
      }
      await withTlsApplication('tcp', 'STRICT', async (mesh, ask, seen) => {
        assert.equal(await ask(mesh.inbound.port), '');
        assert.deepEqual(seen, []);
      });
    },
  },
  {
    name: 'a CONNECT carries TLS of the application inside mutual TLS',
    run: () =>
      withTlsApplication('tcp', 'STRICT', async (mesh, ask, seen) => {
        const { peer } = await connectThrough(mesh.outbound.port, 'app:80', [AUTHORIZED]);
        peer.socket.removeAllListeners('data');
        assert.equal(await ask(peer.socket), 'echo hello');
        assert.deepEqual(seen, ['db.example|postgresql']);
      }),
  },
  {
    name: '64 MiB go through a tunnel, no faster than they are read',
    run: () =>
      withApplication(
        (socket) => {
          // Reads nothing for a while: the sender must be made to wait.
          socket.pause();
          setTimeout(() => socket.resume(), 300);
          let length = 0;
          socket.on('data', (chunk: Buffer) => {
            length += chunk.length;
          });
          socket.on('end', () => socket.end(`${length}`));
        },
        async (mesh) => {
          const { peer, answer } = await connectThrough(mesh.outbound.port, 'app:80', [AUTHORIZED]);
          let sent = 0;
          let unread = 0;
          setTimeout(() => {
            unread = sent;
          }, 250);
          for (; sent < TUNNELLED; sent += PIECE.length) {
            if (!peer.socket.write(PIECE)) await once(peer.socket, 'drain');
          }
          peer.socket.end();
          assert.equal((await peer.untilEnd()).slice(answer.length), `${TUNNELLED}`);
          // What the kernel's buffers of three connections hold, and little more.
          assert.ok(unread < TUNNELLED / 2, `${unread} bytes were taken although nobody read`);
        },
      ),
  },
  {
    name: 'a client that goes away ends the connection to the application',
    run: () =>
      withApplication(
        (socket) => socket.resume().on('end', () => socket.end()),
        async (mesh, sockets) => {
          const { peer } = await connectThrough(mesh.outbound.port, 'app:80', [AUTHORIZED]);
          await until(() => sockets.length === 1);
          peer.socket.resetAndDestroy();
          await until(() => sockets[0]?.destroyed === true || sockets[0]?.readableEnded === true);
          await until(() => mesh.inbound.connections === 0);
          await until(() => mesh.connections.length === 2);
        },
      ),
  },
];

const received: string[] = [];

/** An application that speaks TLS itself; `ask` sends it a hello and gives what came back. */
async function withTlsApplication(
  protocol: 'tcp' | 'http',
  mtls: 'STRICT' | 'PERMISSIVE',
  run: (
    mesh: TwoSidecars,
    ask: (to: number | Socket) => Promise<string>,
    seen: readonly string[],
  ) => Promise<void>,
): Promise<void> {
  const seen: string[] = [];
  const application = createTlsServer({ ALPNProtocols: ['postgresql'] }, (socket) => {
    seen.push(`${'servername' in socket ? socket.servername : ''}|${socket.alpnProtocol}`);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => socket.end(`echo ${chunk}`));
  });
  const port = await portOf(application);
  try {
    await withTwoSidecars({ protocol, mtls, application: port }, async (mesh) => {
      const own = await mesh.ca.svid('app');
      application.setSecureContext({ cert: own.chainPem, key: own.keyPem });
      await run(mesh, askOverTls, seen);
    });
  } finally {
    application.close();
  }
}

function askOverTls(to: number | Socket): Promise<string> {
  return new Promise((resolve) => {
    let got = '';
    const where = typeof to === 'number' ? { host: '127.0.0.1', port: to } : { socket: to };
    const names = { servername: 'db.example', ALPNProtocols: ['postgresql'] };
    const socket = connectTls({ ...where, ...names, rejectUnauthorized: false }, () => socket.write('hello'));
    socket.on('data', (chunk: Buffer) => {
      got += chunk.toString('latin1');
    });
    socket.on('end', () => socket.end());
    socket.on('error', () => resolve(got));
    socket.on('close', () => resolve(got));
  });
}

async function until(check: () => boolean): Promise<void> {
  while (!check()) await new Promise((resolve) => setTimeout(resolve, 5));
}
