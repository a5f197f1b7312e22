import assert from 'node:assert/strict';
import { type ClientHttp2Session, connect } from 'node:http2';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import type { Svid } from '../../../src/identity/svid.ts';
import type { Handler } from '../../../src/proxy/exchange.ts';
import type { BodySource } from '../../../src/runtime/sockets/body.ts';
import { SocketsTransport } from '../../../src/runtime/sockets/sockets-transport.ts';
import { h2Application } from '../../support/h2-chain.ts';
import {
  data,
  END_STREAM,
  FRAME,
  frame,
  GET_FIELDS,
  headers,
  POST_FIELDS,
  PREFACE,
} from '../../support/h2-frames.ts';
import { request } from '../../support/h2-mesh.ts';
import { H2Peer } from '../../support/h2-peer.ts';
import { RawPeer } from '../../support/raw-peer.ts';
import {
  attemptTo,
  meshCluster,
  openPort,
  readBody,
  SERVER_NAME,
  TestCa,
  text,
} from '../../support/socket-mesh.ts';
import type { Case } from './case.ts';

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** An HTTP/2 client over mesh TLS, or undefined when the handshake or the first request failed. */
function tlsClient(port: number, svid: Svid | undefined, more: ConnectionOptions = {}): ClientHttp2Session {
  const socket = connectTls({
    host: '127.0.0.1',
    port,
    servername: SERVER_NAME,
    rejectUnauthorized: false,
    ALPNProtocols: ['weft', 'h2', 'http/1.1'],
    ...(svid && { cert: svid.chainPem, key: svid.keyPem }),
    ...more,
  });
  socket.on('error', () => undefined);
  const session = connect('https://reviews', { createConnection: () => socket });
  session.on('error', () => undefined);
  return session;
}

const hello: Handler<BodySource> = async ({ connection, body }) => {
  await readBody(body);
  return text(`${connection.peer?.id.path ?? 'nobody'} ${connection.http2}`);
};

export const H2_SESSION_CASES: readonly Case[] = [
  {
    name: 'HTTP/2 over mesh TLS: the peer is known; without a certificate, of another CA or below 1.3 nobody is served',
    run: async () => {
      const ca = await TestCa.create();
      const other = await TestCa.create();
      const listening = await openPort(hello);
      listening.setIdentity(await ca.svid('reviews'), ca.bundle);
      const svid = await ca.svid('productpage');
      const good = tlsClient(listening.port, svid);
      assert.equal((await request(good)).body, '/ns/default/sa/productpage true');
      good.destroy();
      const refused: ClientHttp2Session[] = [
        tlsClient(listening.port, undefined),
        tlsClient(listening.port, await other.svid('productpage')),
        tlsClient(listening.port, await ca.expired('productpage')),
        tlsClient(listening.port, svid, { maxVersion: 'TLSv1.2' }),
        tlsClient(listening.port, svid, { ALPNProtocols: ['h2'] }),
      ];
      for (const session of refused) {
        // One that is closed already throws.
        const answer = await Promise.resolve()
          .then(() => request(session))
          .catch(() => undefined);
        assert.ok(answer === undefined || answer.status === 0);
        session.destroy();
      }
      await listening.close();
    },
  },
  {
    name: 'HTTP/2 over mesh TLS: once both roots stand new connections prove the new, old ones go on',
    run: async () => {
      const [before, after] = [await TestCa.create(), await TestCa.create()];
      const listening = await openPort(hello);
      listening.setIdentity(await before.svid('reviews'), before.bundle);
      const transport = new SocketsTransport();
      const attempt = () => ({
        ...attemptTo(listening.port, { cluster: meshCluster('reviews') }),
        http2: true,
      });
      const ask = async () => readBody((await transport.send(attempt(), undefined)).body);
      const old = tlsClient(listening.port, await before.svid('old'));
      assert.equal((await request(old)).status, 200);
      transport.setIdentity(await before.svid('a'), before.bundle);
      assert.equal(await ask(), '/ns/default/sa/a true');
      const both = { trustDomain: 'cluster.local', rootsPem: before.bundle.rootsPem + after.bundle.rootsPem };
      listening.setIdentity(await after.svid('reviews'), both);
      transport.setIdentity(await after.svid('b'), both);
      assert.equal(await ask(), '/ns/default/sa/b true');
      assert.equal((await request(old)).body, '/ns/default/sa/old true');
      old.destroy();
      transport.close();
      await listening.close();
    },
  },
  {
    name: 'HTTP/2: a server that is not who the cluster expects gets no request',
    run: async () => {
      const ca = await TestCa.create();
      let served = 0;
      const listening = await openPort(async () => {
        served++;
        return text('hello');
      });
      listening.setIdentity(await ca.svid('ratings'), ca.bundle);
      const transport = new SocketsTransport();
      transport.setIdentity(await ca.svid('productpage'), ca.bundle);
      const attempt = { ...attemptTo(listening.port, { cluster: meshCluster('reviews') }), http2: true };
      await assert.rejects(transport.send(attempt, undefined), { failure: 'tls-failure', sent: false });
      assert.equal(served, 0);
      transport.close();
      await listening.close();
    },
  },
  {
    name: 'HTTP/2: a drain says GOAWAY, lets streams end, and takes no new ones',
    run: async () => {
      const listening = await openPort(hello);
      const peer = await H2Peer.connect(listening.port);
      peer.send(headers(1, POST_FIELDS, 0));
      await sleep(30);
      const drained = listening.drain(5000);
      const goaway = await peer.until(({ type }) => type === FRAME.goaway);
      assert.equal(goaway?.payload.readUInt32BE(4), 0);
      peer.send(headers(3, GET_FIELDS), data(1, 'x', END_STREAM));
      const answer = await peer.until(({ type, stream }) => type === FRAME.headers && stream === 1);
      assert.ok(answer !== undefined);
      await drained;
      assert.ok(!peer.received.some(({ type, stream }) => type === FRAME.headers && stream === 3));
    },
  },
  {
    name: 'HTTP/2: silence after the preface, between streams and within a body ends connection or stream',
    run: async () => {
      const deadlines = { headerMs: 200, idleMs: 200, bodyIdleMs: 200, lingerMs: 50, handshakeMs: 200 };
      const listening = await openPort(hello, { deadlines });
      const half = await RawPeer.connect(listening.port);
      half.write(PREFACE.subarray(0, 20));
      await half.untilEnd();
      const mute = await RawPeer.connect(listening.port);
      mute.write(PREFACE);
      await mute.untilEnd();
      const idle = await H2Peer.connect(listening.port);
      await idle.until(() => false);
      assert.ok(idle.received.some(({ type }) => type === FRAME.goaway));
      const slow = await H2Peer.connect(listening.port);
      slow.send(headers(1, POST_FIELDS, 0), data(1, 'x'));
      assert.match(await slow.verdict(), /^RST_STREAM/);
      await slow.until(() => false);
      await listening.close();
    },
  },
  {
    name: 'HTTP/2: a connection is replaced in its time, and no request is lost by it',
    run: async () => {
      const application = await h2Application((stream) => {
        stream.respond({ ':status': 200 }, { endStream: true });
      });
      const transport = new SocketsTransport();
      const attempt = { ...attemptTo(application.port), http2: true };
      for (let i = 0; i < 45; i++) {
        const batch = Array.from({ length: 50 }, () => transport.send(attempt, undefined));
        for (const response of await Promise.all(batch)) assert.equal(response.status, 200);
      }
      transport.close();
      application.close();
    },
  },
  {
    name: 'HTTP/2: clients that say goodbye when all was answered harm nobody',
    run: async () => {
      const listening = await openPort(hello);
      const goodbye = frame(FRAME.goaway, 0, 0, Buffer.alloc(8));
      for (let round = 0; round < 5; round++) {
        const clients = Array.from({ length: 40 }, async () => {
          const peer = await H2Peer.connect(listening.port);
          const requests = Array.from({ length: 20 }, (_, i) => headers(2 * i + 1, GET_FIELDS));
          peer.send(...requests);
          for (let i = 0; i < 20; i++)
            await peer.until(({ type, stream }) => type === FRAME.data && stream === 2 * i + 1);
          peer.send(goodbye);
          peer.socket.end();
        });
        await Promise.all(clients);
      }
      const peer = await H2Peer.connect(listening.port);
      peer.send(headers(1, GET_FIELDS));
      assert.equal(await peer.verdict(), 'status 200');
      peer.socket.destroy();
      await listening.close();
    },
  },
];
