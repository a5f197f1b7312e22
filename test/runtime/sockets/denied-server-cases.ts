import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import type { Bundle } from '../../../src/identity/svid.ts';
import { Trust } from '../../../src/identity/trust.ts';
import type { Connection } from '../../../src/proxy/decide/connection.ts';
import type { Handler } from '../../../src/proxy/exchange.ts';
import type { BodySource } from '../../../src/runtime/sockets/body.ts';
import { dial } from '../../../src/runtime/sockets/dial.ts';
import { H2Upstream } from '../../../src/runtime/sockets/h2-upstream.ts';
import type { Listening } from '../../../src/runtime/sockets/listener.ts';
import { MeshDials } from '../../../src/runtime/sockets/mesh-dials.ts';
import { SocketsTransport } from '../../../src/runtime/sockets/sockets-transport.ts';
import { UpstreamConnection } from '../../../src/runtime/sockets/upstream-connection.ts';
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
import { connectThrough } from '../../support/tunnel-client.ts';
import { AUTHORIZED, withTwoSidecars } from '../../support/two-sidecars.ts';
import { until } from '../../support/until.ts';
import { webSocketRequest } from '../../support/websocket.ts';
import type { Case } from './case.ts';

/** A mesh server of one account, and who connected, in the order of the requests. */
interface Server {
  readonly account: string;
  readonly listening: Listening;
  readonly connections: Connection[];
}

/** Says `begun` at `/endless` and nothing more, else `hello`. */
async function serverOf(ca: TestCa, account: string, bundle: Bundle): Promise<Server> {
  const connections: Connection[] = [];
  const handler: Handler<BodySource> = async ({ connection, head }) => {
    connections.push(connection);
    return head.target === '/endless' ? { ...text(''), body: endless() } : text('hello');
  };
  const listening = await openPort(handler);
  listening.setIdentity(await ca.svid(account), bundle);
  return { account, listening, connections };
}

function endless(): BodySource {
  return {
    framing: { kind: 'chunked' },
    started: false,
    start: (sink) => sink.write(Buffer.from('begun')),
    resume: () => undefined,
    cancel: () => undefined,
    watch: () => undefined,
  };
}

interface Exchange {
  /** Resolves when the body breaks off. */
  readonly broken: Promise<true>;
  readonly isBroken: () => boolean;
}

/** The response that never ends, as far as it is there. */
async function beginEndless(transport: SocketsTransport, server: Server, http2: boolean): Promise<Exchange> {
  const cluster = meshCluster(server.account);
  const attempt = { ...attemptTo(server.listening.port, { cluster, path: '/endless' }), http2 };
  const { body } = await transport.send(attempt, undefined);
  let over = false;
  const broken = readBody(body).then(
    () => assert.fail('it ended as if it were whole'),
    () => (over = true as const),
  );
  return { broken, isBroken: () => over };
}

async function get(transport: SocketsTransport, { listening, account }: Server, http2 = false) {
  const attempt = { ...attemptTo(listening.port, { cluster: meshCluster(account) }), http2 };
  return readBody((await transport.send(attempt, undefined)).body);
}

function denying(bundle: Bundle, account: string): Bundle {
  return {
    ...bundle,
    denied: [{ kind: 'id', value: `spiffe://cluster.local/ns/default/sa/${account}` }],
  };
}

/** Two servers, whose connections stand on different things, and what takes it from the first. */
async function withServers(
  servers: (ca: TestCa, next: TestCa, both: Bundle) => Promise<readonly [Server, Server, Bundle]>,
  run: (transport: SocketsTransport, goes: Server, stays: Server, narrower: () => void) => Promise<void>,
): Promise<void> {
  const [ca, next] = [await TestCa.create(), await TestCa.create()];
  const both = { trustDomain: 'cluster.local', rootsPem: ca.bundle.rootsPem + next.bundle.rootsPem };
  const [goes, stays, narrower] = await servers(ca, next, both);
  const [transport, svid] = [new SocketsTransport(), await next.svid('productpage')];
  transport.setIdentity(svid, both);
  try {
    await run(transport, goes, stays, () => transport.setIdentity(svid, narrower));
  } finally {
    transport.close();
    await Promise.all([goes.listening.close(), stays.listening.close()]);
  }
}

/** Everything that is up to the one server ends, and nothing that is up to the other. */
async function endsWithTheServer(
  transport: SocketsTransport,
  goes: Server,
  stays: Server,
  narrower: () => void,
): Promise<void> {
  const ending = [await beginEndless(transport, goes, false), await beginEndless(transport, goes, true)];
  const going = [await beginEndless(transport, stays, false), await beginEndless(transport, stays, true)];
  await get(transport, goes);
  await get(transport, stays);
  narrower();
  await Promise.all(ending.map(({ broken }) => broken));
  for (const http2 of [false, true])
    await assert.rejects(get(transport, goes, http2), { failure: 'tls-failure', sent: false });
  assert.equal(await get(transport, stays), 'hello');
  assert.equal(await get(transport, stays, true), 'hello');
  assert.ok(going.every(({ isBroken }) => !isBroken()));
  const [h1, h2, idle, ...reused] = stays.connections;
  assert.deepEqual([reused[0] === idle, reused[1] === h2, h1 === h2], [true, true, false]);
}

export const DENIED_SERVER_CASES: readonly Case[] = [
  {
    name: 'identity: denying a server ends the HTTP/1 and HTTP/2 exchanges up to it, and no connection to others',
    run: () =>
      withServers(
        async (_ca, next, both) => [
          await serverOf(next, 'reviews', both),
          await serverOf(next, 'ratings', both),
          denying(both, 'reviews'),
        ],
        endsWithTheServer,
      ),
  },
  {
    name: 'identity: with a root go the exchanges up to the servers that it vouched for, and no others',
    run: () =>
      withServers(
        async (ca, next, both) => [
          await serverOf(ca, 'reviews', both),
          await serverOf(next, 'ratings', both),
          next.bundle,
        ],
        endsWithTheServer,
      ),
  },
  {
    name: 'identity: a wider trust, or the same again, disturbs no connection up to a server',
    run: async () => {
      const [ca, next] = [await TestCa.create(), await TestCa.create()];
      const server = await serverOf(ca, 'reviews', ca.bundle);
      const [transport, svid] = [new SocketsTransport(), await ca.svid('productpage')];
      const both = { trustDomain: 'cluster.local', rootsPem: ca.bundle.rootsPem + next.bundle.rootsPem };
      const exchanges: Exchange[] = [];
      for (const bundle of [denying(ca.bundle, 'nobody'), ca.bundle, { ...ca.bundle }, both]) {
        transport.setIdentity(svid, bundle);
        if (exchanges.length === 0)
          exchanges.push(
            await beginEndless(transport, server, false),
            await beginEndless(transport, server, true),
          );
        assert.equal(await get(transport, server), 'hello');
        assert.equal(await get(transport, server, true), 'hello');
      }
      assert.equal(new Set(server.connections).size, 3);
      assert.ok(exchanges.every(({ isBroken }) => !isBroken()));
      transport.close();
      await server.listening.close();
    },
  },
  {
    name: 'identity: a server that is denied during the handshake gets no request',
    run: async () => {
      const ca = await TestCa.create();
      const server = await serverOf(ca, 'reviews', ca.bundle);
      const [transport, svid] = [new SocketsTransport(), await ca.svid('productpage')];
      transport.setIdentity(svid, ca.bundle);
      const sent = [get(transport, server), get(transport, server, true)];
      transport.setIdentity(svid, denying(ca.bundle, 'reviews'));
      for (const one of sent) await assert.rejects(one, { failure: 'tls-failure', sent: false });
      assert.equal(server.connections.length, 0);
      transport.close();
      await server.listening.close();
    },
  },
  {
    name: 'identity: a connection that is over is not remembered, whatever it spoke and whoever ended it',
    run: async () => {
      const ca = await TestCa.create();
      const server = await serverOf(ca, 'reviews', ca.bundle);
      const { chainPem: chain, keyPem: key } = await ca.svid('productpage');
      const dials = new MeshDials();
      dials.setTrust(new Trust(ca.bundle));
      const sans = ['spiffe://cluster.local/ns/default/sa/reviews'];
      const tls = { serverName: SERVER_NAME, sans, dials, chain, key, roots: [ca.bundle.rootsPem] };
      const target = { address: '127.0.0.1', port: server.listening.port, timeoutMs: 5_000, tls };
      const h2 = { ...target, tls: { ...tls, protocols: ['weft', 'h2'] } };
      const [h1, left, session, taken] = [
        new UpstreamConnection(await dial(target, undefined), nobody),
        new UpstreamConnection(await dial(target, undefined), nobody),
        new H2Upstream(await dial(h2, undefined), () => undefined),
        new H2Upstream(await dial(h2, undefined), () => undefined),
      ];
      const get = { ...attemptTo(target.port), http2: true };
      for (const one of [session, taken])
        assert.equal(await readBody((await one.send(get, undefined)).body), 'hello');
      assert.equal(dials.size, 4);
      h1.destroy();
      session.retire();
      await until('what we ended is forgotten', () => dials.size === 2 || undefined);
      await server.listening.close();
      await until('what the server ended is forgotten', () => dials.size === 0 || undefined);
      left.destroy();
      taken.retire();
    },
  },
  {
    name: 'identity: denying a server ends the WebSocket up to it',
    run: async () => {
      const application = await rawServer((peer) =>
        peer.socket.once('data', () => peer.write(`${SWITCHED}\r\n\r\nearly`)),
      );
      const { port } = application;
      await withTwoSidecars({ protocol: 'http', application: port }, async ({ ca, outbound, believe }) => {
        const peer = await webSocket(outbound.port);
        believe(denying(ca.bundle, 'somebody'));
        peer.write('ping');
        await application.peers[0]?.until('ping');
        believe(denying(ca.bundle, 'app'));
        await peer.untilEnd();
      });
      application.close();
    },
  },
  {
    name: 'identity: denying a server ends the TCP stream up to it',
    run: async () => {
      const sockets: Socket[] = [];
      const server = createServer((socket) => {
        sockets.push(socket);
        socket.on('error', () => undefined).pipe(socket);
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const address = server.address();
      const application = typeof address === 'object' ? (address?.port ?? 0) : 0;
      await withTwoSidecars({ protocol: 'tcp', application }, async ({ ca, outbound, believe }) => {
        const { peer } = await connectThrough(outbound.port, 'app:80', [AUTHORIZED]);
        peer.write('ping');
        await peer.until('ping');
        believe(denying(ca.bundle, 'somebody'));
        peer.write('ping');
        await peer.until('ping', 2);
        believe(denying(ca.bundle, 'app'));
        await peer.untilEnd();
      });
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  },
];

const nobody = { idle: () => undefined, closed: () => undefined };
const SWITCHED = 'HTTP/1.1 101 Go\r\nUpgrade: websocket\r\nConnection: upgrade';

/** A WebSocket through the client's sidecar, as far as the first bytes of the application. */
async function webSocket(port: number): Promise<RawPeer> {
  const peer = await RawPeer.connect(port);
  peer.write(webSocketRequest('http://app/chat', ['Host: app', AUTHORIZED]));
  await peer.until('early');
  return peer;
}
