import assert from 'node:assert/strict';
import { once } from 'node:events';
import process from 'node:process';
import { RawPeer, type RawServer, rawServer } from '../../support/raw-peer.ts';
import { buildPolicy, condition, exact } from '../../support/snapshot.ts';
import {
  AUTHORIZED,
  type TwoSidecars,
  type TwoSidecarsOptions,
  withTwoSidecars,
} from '../../support/two-sidecars.ts';
import {
  echoWebSocket,
  type WebSocketMessage,
  WebSocketReader,
  webSocketFrame,
  webSocketRequest,
} from '../../support/websocket.ts';
import type { Case } from './case.ts';

/** Messages that go each way in the long case; `npm run full` asks for 100,000. */
const MESSAGES = Number(process.env.WEFT_MESSAGES ?? 10_000);
const TARGET = 'http://app/chat?room=1';

/** Client → sidecar → mutual TLS → sidecar → an application that serves raw connections by `onPeer`. */
async function withApplication(
  onPeer: (peer: RawPeer) => void,
  run: (mesh: TwoSidecars, client: RawPeer, application: RawServer) => Promise<void>,
  more: Partial<TwoSidecarsOptions> = {},
): Promise<void> {
  const application = await rawServer(onPeer);
  try {
    await withTwoSidecars({ protocol: 'http', application: application.port, ...more }, async (mesh) => {
      const client = await RawPeer.connect(mesh.outbound.port);
      await run(mesh, client, application);
      client.socket.destroy();
    });
  } finally {
    application.close();
  }
}

/** Calls back for the messages that arrive after the head of the 101. */
function readMessages(client: RawPeer, onMessage: (message: WebSocketMessage) => void): void {
  const reader = new WebSocketReader();
  const early = client.text.slice(client.text.indexOf('\r\n\r\n') + 4);
  reader.read(Buffer.from(early, 'latin1'), onMessage);
  client.socket.on('data', (chunk: Buffer) => reader.read(chunk, onMessage));
}

function handshake(...headers: string[]): string {
  return webSocketRequest(TARGET, ['Host: app', AUTHORIZED, ...headers]);
}

/** A message whose content tells its number. */
function numbered(i: number): WebSocketMessage {
  const text = `${i}:${'é'.repeat(i % 200)}`;
  return { kind: i % 2 === 0 ? 'text' : 'binary', data: Buffer.from(text) };
}

export const WEBSOCKET_CASES: readonly Case[] = [
  {
    name: 'a WebSocket passes two sidecars: its handshake, thousands of messages each way, and its close',
    run: () => {
      const heads: string[] = [];
      return withApplication(
        (peer) => echoWebSocket(peer.socket, (head) => heads.push(head)),
        async (mesh, client) => {
          client.write(handshake('Sec-WebSocket-Protocol: chat', 'Origin: http://page'));
          const head = await client.until('\r\n\r\n');
          assert.match(head, /^HTTP\/1\.1 101 Switching Protocols\r\n/);
          assert.match(head, /\r\nconnection: upgrade\r\nupgrade: websocket\r\n/i);
          assert.match(head, /\r\nsec-websocket-accept: [\w+/]{27}=\r\n/i);
          assert.match(heads[0] ?? '', /^GET \/chat\?room=1 HTTP\/1\.1\r\nhost: app\r\n/);
          assert.match(heads[0] ?? '', /\r\nconnection: upgrade\r\nupgrade: websocket\r\n/);
          assert.match(heads[0] ?? '', /\r\nsec-websocket-protocol: chat\r\norigin: http:\/\/page\r\n/);
          assert.doesNotMatch(heads[0] ?? '', /proxy-authorization/);
          const closed = exchangeMessages(client);
          assert.deepEqual(await closed, { kind: 'close', data: Buffer.from([0x0f, 0xa1, 0x6f, 0x6b]) });
          await client.untilEnd();
          assert.equal(client.ended, 'end');
          client.socket.end();
          await untilCount(mesh.outcomes, 2);
          assert.deepEqual(
            mesh.outcomes.map(({ status, flags, complete }) => [status, flags, complete]),
            [
              [101, '-', true],
              [101, '-', true],
            ],
          );
        },
      );
    },
  },
  {
    name: 'bytes that come right after the head are kept, in both directions',
    run: () =>
      withApplication(
        (peer) =>
          peer.socket.once('data', () => {
            peer.write('HTTP/1.1 101 Go\r\nUpgrade: WebSocket\r\nConnection: upgrade\r\n\r\nearly answer');
          }),
        async (_mesh, client, application) => {
          client.write(`${handshake()}early question`);
          await client.until('\r\n\r\nearly answer');
          await application.peers[0]?.until('\r\n\r\nearly question');
        },
      ),
  },
  {
    name: 'an answer other than 101 is an ordinary response, and early bytes are no request',
    run: () =>
      withApplication(
        (peer) =>
          peer.socket.once('data', () =>
            peer.write(
              'HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 8\r\nContent-Length: 2\r\n\r\nno',
            ),
          ),
        async (_mesh, client, application) => {
          client.write(`${handshake()}GET http://app/smuggled HTTP/1.1\r\nHost: app\r\n\r\n`);
          const text = await client.untilEnd();
          assert.match(text, /^HTTP\/1\.1 426 .*sec-websocket-version: 8\r\n.*\r\n\r\nno$/is);
          assert.equal(application.peers.length, 1);
          assert.doesNotMatch(application.peers[0]?.text ?? '', /smuggled/);
        },
      ),
  },
  {
    name: 'a 101 that names another protocol, or that nobody asked for, is no tunnel',
    run: async () => {
      for (const request of [handshake(), `GET ${TARGET} HTTP/1.1\r\nHost: app\r\n${AUTHORIZED}\r\n\r\n`]) {
        await withApplication(
          (peer) =>
            peer.socket.once('data', () =>
              peer.write('HTTP/1.1 101 Go\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'),
            ),
          async (_mesh, client) => {
            client.write(request);
            assert.match(await client.until('\r\n\r\n'), /^HTTP\/1\.1 502 /);
          },
        );
      }
    },
  },
  {
    name: 'h2c is never upgraded to, and the request goes on without it',
    run: () =>
      withApplication(
        (peer) => peer.socket.once('data', () => peer.write('HTTP/1.1 204 No Content\r\n\r\n')),
        async (_mesh, client, application) => {
          const fields =
            'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n';
          client.write(`GET ${TARGET} HTTP/1.1\r\nHost: app\r\n${AUTHORIZED}\r\n${fields}\r\n`);
          assert.match(await client.until('\r\n\r\n'), /^HTTP\/1\.1 204 /);
          assert.doesNotMatch(application.peers[0]?.text ?? '', /upgrade|http2-settings/i);
        },
      ),
  },
  {
    name: 'policy denies an upgrade with 403, and the application hears nothing of it',
    run: () =>
      withApplication(
        (peer) => echoWebSocket(peer.socket),
        async (_mesh, client, application) => {
          client.write(handshake());
          assert.match(await client.untilEnd(), /^HTTP\/1\.1 403 .*RBAC: access denied$/s);
          assert.equal(application.peers.length, 0);
        },
        {
          policies: [
            buildPolicy('DENY', [
              { from: [[condition('source.principal', [exact('cluster.local/ns/default/sa/client')])]] },
            ]),
          ],
        },
      ),
  },
  {
    name: 'a reset on one side of a tunnel resets the other',
    run: () =>
      withApplication(
        (peer) => peer.socket.once('data', () => peer.write(GO)),
        async (mesh, client, application) => {
          client.write(handshake());
          await client.until('\r\n\r\n');
          application.peers[0]?.write('some');
          await client.until('some');
          application.peers[0]?.socket.resetAndDestroy();
          await client.untilEnd();
          client.socket.destroy();
          await untilCount(mesh.outcomes, 2);
          assert.ok(mesh.outcomes.some(({ flags }) => flags === 'UC'));
          // Deno cannot reset a connection that carries TLS.
          if (!('Deno' in globalThis)) {
            assert.equal(client.ended, 'reset');
            assert.ok(mesh.outcomes.every(({ flags }) => flags === 'UC'));
          }
        },
      ),
  },
  {
    name: 'a tunnel outlives the deadlines of requests, and ends when it was idle for too long',
    run: () =>
      withApplication(
        (peer) => peer.socket.once('data', () => peer.write(GO)),
        async (_mesh, client) => {
          client.write(handshake());
          await client.until('\r\n\r\n');
          const openedAt = performance.now();
          await client.untilEnd();
          assert.ok(performance.now() - openedAt >= 590);
        },
        { deadlines: { idleMs: 50, headerMs: 50, bodyIdleMs: 50, tunnelIdleMs: 600 } },
      ),
  },
  {
    name: 'drain leaves tunnels their grace, then closes them',
    run: () =>
      withApplication(
        (peer) => peer.socket.once('data', () => peer.write(GO)),
        async (mesh, client, application) => {
          client.write(handshake());
          await client.until('\r\n\r\n');
          const drained = mesh.outbound.drain(300);
          application.peers[0]?.write('still here');
          await client.until('still here');
          await drained;
          await client.untilEnd();
          await application.peers[0]?.untilEnd();
        },
      ),
  },
];

const GO = 'HTTP/1.1 101 Go\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n';

/** Sends all messages and a close, checks each echo, and gives the echo of the close. */
function exchangeMessages(client: RawPeer): Promise<WebSocketMessage> {
  let next = 0;
  const closed = new Promise<WebSocketMessage>((resolve, reject) => {
    client.socket.once('close', () => reject(new Error(`closed after ${next} messages`)));
    readMessages(client, (message) => {
      if (message.kind === 'close') {
        if (next === MESSAGES) resolve(message);
        else reject(new Error(`close after ${next} messages`));
        return;
      }
      const expected = numbered(next);
      if (message.kind !== expected.kind || Buffer.compare(message.data, expected.data) !== 0) {
        reject(new Error(`message ${next} came back different`));
      }
      next++;
    });
  });
  void sendMessages(client);
  return closed;
}

async function sendMessages({ socket }: RawPeer): Promise<void> {
  for (let i = 0; i < MESSAGES; i++) {
    if (!socket.write(webSocketFrame(numbered(i), true))) await once(socket, 'drain');
  }
  socket.write(webSocketFrame({ kind: 'close', data: Buffer.from([0x0f, 0xa1, 0x6f, 0x6b]) }, true));
}

async function untilCount(list: readonly unknown[], count: number): Promise<void> {
  while (list.length < count) await new Promise((resolve) => setTimeout(resolve, 5));
}
