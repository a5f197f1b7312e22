import assert from 'node:assert/strict';
import type { Bundle, Svid } from '../../../src/identity/svid.ts';
import type { Connection } from '../../../src/proxy/decide/connection.ts';
import type { Handler } from '../../../src/proxy/exchange.ts';
import { TransportError } from '../../../src/proxy/forward/transport.ts';
import type { BodySource } from '../../../src/runtime/sockets/body.ts';
import type { Listening, ListenOptions } from '../../../src/runtime/sockets/listener.ts';
import { SocketsTransport } from '../../../src/runtime/sockets/sockets-transport.ts';
import { drip } from '../../support/dripping-relay.ts';
import { RawPeer, rawServer } from '../../support/raw-peer.ts';
import {
  attemptTo,
  meshCluster,
  openPort,
  readBody,
  SERVER_NAME,
  TestCa,
  text,
} from '../../support/socket-mesh.ts';
import { ask } from '../../support/tls-client.ts';
import type { Case } from './case.ts';

interface Mesh {
  readonly ca: TestCa;
  readonly listening: Listening;
  readonly connections: Connection[];
}

/** A STRICT port of the account `reviews` that notes who connected. */
async function withMesh(
  run: (mesh: Mesh) => Promise<void>,
  more: Partial<ListenOptions> = {},
): Promise<void> {
  const ca = await TestCa.create();
  const connections: Connection[] = [];
  const handler: Handler<BodySource> = async ({ connection, body }) => {
    connections.push(connection);
    return text(`hello ${await readBody(body)}`);
  };
  const listening = await openPort(handler, {
    admit: (arrival) =>
      arrival === 'mesh-tls' ? { direction: 'inbound', port: 9080, scheme: 'http' } : undefined,
    ...more,
  });
  listening.setIdentity(await ca.svid('reviews'), ca.bundle);
  try {
    await run({ ca, listening, connections });
  } finally {
    await listening.close();
  }
}

/** One GET with that identity to a server expected to be `account`; the body, or what failed. */
async function call(port: number, svid: Svid, bundle: Bundle, account = 'reviews'): Promise<string> {
  const transport = new SocketsTransport();
  transport.setIdentity(svid, bundle);
  try {
    const response = await transport.send(attemptTo(port, { cluster: meshCluster(account) }), undefined);
    return await readBody(response.body);
  } catch (error) {
    if (error instanceof TransportError) return error.failure;
    throw error;
  } finally {
    transport.close();
  }
}

export const MESH_CASES: readonly Case[] = [
  {
    name: 'both ends of mesh TLS know each other, and a connection is reused',
    run: () =>
      withMesh(async ({ ca, listening, connections }) => {
        const transport = new SocketsTransport();
        transport.setIdentity(await ca.svid('productpage'), ca.bundle);
        for (let i = 0; i < 3; i++) {
          const attempt = attemptTo(listening.port, { cluster: meshCluster('reviews') });
          const response = await transport.send(attempt, undefined);
          assert.equal(await readBody(response.body), 'hello ');
        }
        const [first, ...others] = connections;
        assert.ok(others.every((other) => other === first));
        assert.deepEqual(first, {
          direction: 'inbound',
          port: 9080,
          scheme: 'http',
          remoteAddress: '127.0.0.1',
          localAddress: '127.0.0.1',
          security: 'mutual_tls',
          peer: { ...first?.peer, id: { trustDomain: 'cluster.local', path: '/ns/default/sa/productpage' } },
          serverName: SERVER_NAME,
        });
        transport.close();
      }),
  },
  {
    name: 'a client of another CA, an expired one and one of another trust domain reach no handler',
    run: () =>
      withMesh(async ({ ca, listening, connections }) => {
        const other = await TestCa.create();
        const foreign = await TestCa.create('evil.example');
        const clients: Svid[] = [
          await other.svid('productpage'),
          await ca.expired('productpage'),
          await foreign.svid('productpage'),
        ];
        for (const svid of clients) {
          assert.match(await call(listening.port, svid, ca.bundle), /^(reset|tls-failure|connect-failure)$/);
        }
        assert.equal(connections.length, 0);
      }),
  },
  {
    name: 'TLS without a certificate, below 1.3 or without the weft offer gets no response',
    run: () =>
      withMesh(async ({ ca, listening, connections }) => {
        const { chainPem: cert, keyPem: key } = await ca.svid('productpage');
        assert.match((await ask(listening.port, { cert, key })).text, /^HTTP\/1\.1 200 /);
        assert.equal((await ask(listening.port, {})).text, '');
        assert.equal((await ask(listening.port, { cert, key, maxVersion: 'TLSv1.2' })).text, '');
        assert.equal((await ask(listening.port, { cert, key, ALPNProtocols: ['http/1.1'] })).text, '');
        assert.equal(connections.length, 1);
      }),
  },
  {
    name: 'a session of before is not resumed',
    run: () =>
      withMesh(async ({ ca, listening, connections }) => {
        const { chainPem: cert, keyPem: key } = await ca.svid('productpage');
        const sessions: Buffer[] = [];
        const first = await ask(listening.port, { cert, key });
        const session = first.socket.getSession?.();
        if (session !== undefined) sessions.push(session);
        for (const one of sessions) {
          // Without a certificate of its own, only a resumed session could let it in.
          assert.equal((await ask(listening.port, { session: one })).text, '');
        }
        assert.equal(connections.length, 1);
      }),
  },
  {
    name: 'a server that is not who the cluster expects gets no request',
    run: () =>
      withMesh(async ({ ca, listening, connections }) => {
        const svid = await ca.svid('productpage');
        assert.equal(await call(listening.port, svid, ca.bundle, 'ratings'), 'tls-failure');
        assert.equal(await call(listening.port, svid, ca.bundle, 'review'), 'tls-failure');
        const other = await TestCa.create();
        assert.equal(
          await call(listening.port, await other.svid('productpage'), other.bundle),
          'tls-failure',
        );
        listening.setIdentity(await ca.expired('reviews'), ca.bundle);
        assert.equal(await call(listening.port, svid, ca.bundle), 'tls-failure');
        assert.equal(connections.length, 0);
      }),
  },
  {
    name: 'without an identity nothing is sent and nobody is let in',
    run: async () => {
      const upstream = await rawServer(() => undefined);
      const transport = new SocketsTransport();
      const attempt = attemptTo(upstream.port, { cluster: meshCluster('reviews') });
      await assert.rejects(transport.send(attempt, undefined), { failure: 'tls-failure', sent: false });
      assert.equal(upstream.peers.length, 0);
      upstream.close();
      transport.close();
      const listening = await openPort(async () => text('hello'));
      const ca = await TestCa.create();
      const answer = await call(listening.port, await ca.svid('productpage'), ca.bundle);
      assert.match(answer, /failure/);
      await listening.close();
    },
  },
  {
    name: 'a ClientHello in many pieces is put together',
    run: () =>
      withMesh(async ({ ca, listening }) => {
        const relay = await drip(listening.port);
        assert.equal(await call(relay.port, await ca.svid('productpage'), ca.bundle), 'hello ');
        relay.close();
      }),
  },
  {
    name: 'a handshake that stalls is closed, and a finished one outlives its deadline',
    run: () =>
      withMesh(
        async ({ ca, listening }) => {
          const stalled = await RawPeer.connect(listening.port);
          stalled.write(Uint8Array.of(0x16, 3, 1, 2, 0, 1, 0, 1));
          const transport = new SocketsTransport();
          transport.setIdentity(await ca.svid('productpage'), ca.bundle);
          const cluster = meshCluster('reviews');
          await transport.send(attemptTo(listening.port, { cluster }), undefined);
          assert.equal(await stalled.untilEnd(), '');
          await new Promise((resolve) => setTimeout(resolve, 600));
          assert.equal(transport.idle, 1);
          assert.equal((await transport.send(attemptTo(listening.port, { cluster }), undefined)).status, 200);
          transport.close();
        },
        { deadlines: { handshakeMs: 400 } },
      ),
  },
  {
    name: 'a body that breaks off under mesh TLS never looks complete, and the port lives on',
    run: async () => {
      const broken: BodySource = {
        framing: { kind: 'chunked' },
        started: false,
        start: (sink) => {
          sink.write(Buffer.from('abc'));
          setTimeout(() => sink.fail(new Error('broken')), 20);
        },
        resume: () => undefined,
        cancel: () => undefined,
        watch: () => undefined,
      };
      let requests = 0;
      const handler: Handler<BodySource> = async () => ({
        ...text('hello '),
        ...(requests++ === 0 ? { body: broken } : {}),
      });
      await withMesh(
        async ({ ca, listening }) => {
          const svid = await ca.svid('productpage');
          assert.equal(await call(listening.port, svid, ca.bundle).catch(() => 'reset'), 'reset');
          assert.equal(await call(listening.port, svid, ca.bundle), 'hello ');
        },
        { handler },
      );
    },
  },
  {
    name: 'rotation changes the certificate and the roots of new connections, on both ends',
    run: () =>
      withMesh(async ({ ca, listening, connections }) => {
        const next = await TestCa.create();
        const transport = new SocketsTransport();
        const cluster = meshCluster('reviews');
        const get = () => transport.send(attemptTo(listening.port, { cluster }), undefined);
        transport.setIdentity(await ca.svid('productpage'), ca.bundle);
        await get();
        const both = { trustDomain: 'cluster.local', rootsPem: ca.bundle.rootsPem + next.bundle.rootsPem };
        listening.setIdentity(await ca.svid('reviews'), both);
        // The connection that is up stays.
        await get();
        assert.equal(connections[0], connections[1]);
        listening.setIdentity(await next.svid('reviews'), next.bundle);
        transport.setIdentity(await ca.svid('productpage'), ca.bundle);
        await assert.rejects(get(), { failure: 'tls-failure' });
        transport.setIdentity(await next.svid('productpage'), next.bundle);
        await get();
        listening.setIdentity(await next.svid('reviews'), both);
        transport.setIdentity(await ca.svid('productpage'), both);
        await get();
        assert.equal(connections.length, 4);
        assert.equal((await ask(listening.port, {})).text, '');
        transport.close();
      }),
  },
];
