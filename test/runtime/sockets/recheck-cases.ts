import assert from 'node:assert/strict';
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { Svid } from '../../../src/identity/svid.ts';
import type { ConnectionHandler, Handler } from '../../../src/proxy/exchange.ts';
import type { Admission } from '../../../src/runtime/sockets/admission.ts';
import type { BodySource } from '../../../src/runtime/sockets/body.ts';
import { request } from '../../support/h2-mesh.ts';
import { RawPeer } from '../../support/raw-peer.ts';
import { openPort, readBody, SERVER_NAME, TestCa, text } from '../../support/socket-mesh.ts';
import { until } from '../../support/until.ts';
import type { Case } from './case.ts';

const HOUR_MS = 3_600_000;
const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

/** Looks are frequent, and little time is given. */
const deadlines = { leaveMs: 60, lingerMs: 60 };

const hello: Handler<BodySource> = async ({ body }) => text(`hello ${await readBody(body)}`);

/** Says back what it is told. */
const echo: ConnectionHandler<BodySource> = async ({ body }) => body;

/** One whose certificate ends a second or two from now. */
const shortLived = (ca: TestCa, account: string) => ca.svid(account, Date.now() - HOUR_MS + 2000);

function meshSocket(port: number, { chainPem: cert, keyPem: key }: Svid, alpn = 'http/1.1'): TLSSocket {
  const socket = connectTls({
    host: '127.0.0.1',
    port,
    cert,
    key,
    rejectUnauthorized: false,
    ALPNProtocols: ['weft', alpn],
    servername: SERVER_NAME,
  });
  socket.on('error', () => undefined);
  return socket;
}

async function h1(port: number, svid: Svid): Promise<RawPeer> {
  const peer = new RawPeer(meshSocket(port, svid));
  peer.write(GET);
  await peer.until('hello');
  return peer;
}

async function h2(port: number, svid: Svid): Promise<ClientHttp2Session> {
  const socket = meshSocket(port, svid, 'h2');
  const session = connectHttp2('https://reviews', { createConnection: () => socket });
  session.on('error', () => undefined);
  assert.equal((await request(session)).body, 'hello ');
  return session;
}

const closed = (session: ClientHttp2Session) => until('it is closed', () => session.destroyed || undefined);

export const RECHECK_CASES: readonly Case[] = [
  {
    name: 'identity: no connection serves longer than the certificate of its client holds, h1, h2 or TCP',
    run: async () => {
      const ca = await TestCa.create();
      let admission: Admission = { direction: 'inbound', port: 9080, scheme: 'http' };
      const listening = await openPort(hello, { deadlines, admit: () => admission, tcp: echo });
      listening.setIdentity(await ca.svid('reviews'), ca.bundle);
      const { port } = listening;
      const [svid, lasting] = [await shortLived(ca, 'guest'), await ca.svid('resident')];
      const [idle, session, stays] = [await h1(port, svid), await h2(port, svid), await h1(port, lasting)];
      admission = { ...admission, protocol: 'tcp' };
      const raw = new RawPeer(meshSocket(port, svid));
      raw.write('ping');
      await raw.until('ping');
      await Promise.all([idle.untilEnd(), closed(session), raw.untilEnd()]);
      assert.ok(Date.now() >= svid.notAfter);
      stays.write(GET);
      await stays.until('hello', 2);
      await listening.close();
    },
  },
  {
    name: 'identity: the exchange that is under way when a certificate ends may end, and is the last one',
    run: async () => {
      const ca = await TestCa.create();
      const svid = await shortLived(ca, 'guest');
      const handler: Handler<BodySource> = async ({ head, body }) => {
        if (head.target !== '/slow') return text(`hello ${await readBody(body)}`);
        while (Date.now() <= svid.notAfter + 200) await new Promise((resolve) => setTimeout(resolve, 20));
        return text('in time');
      };
      const listening = await openPort(handler, { deadlines: { ...deadlines, leaveMs: 5000 } });
      listening.setIdentity(await ca.svid('reviews'), ca.bundle);
      const peer = await h1(listening.port, svid);
      peer.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n');
      assert.match(await peer.untilEnd(), /connection: close\r\n[\s\S]*in time$/);
      await listening.close();
    },
  },
  {
    name: 'identity: with a root go the connections of the peers that it vouched for, and no others',
    run: async () => {
      const [old, next] = [await TestCa.create(), await TestCa.create()];
      const both = { trustDomain: 'cluster.local', rootsPem: old.bundle.rootsPem + next.bundle.rootsPem };
      const listening = await openPort(hello);
      listening.setIdentity(await old.svid('reviews'), both);
      const { port } = listening;
      const before = await old.svid('productpage');
      const [goes, leaves] = [await h1(port, before), await h2(port, before)];
      const after = await next.svid('productpage');
      const [stays, remains] = [await h1(port, after), await h2(port, after)];
      const plain = await RawPeer.connect(port);
      plain.write(GET);
      await plain.until('hello');
      listening.setIdentity(await next.svid('reviews'), next.bundle);
      await Promise.all([goes.untilEnd(), closed(leaves)]);
      for (const peer of [stays, plain]) {
        peer.write(GET);
        await peer.until('hello', 2);
      }
      assert.equal((await request(remains)).body, 'hello ');
      remains.destroy();
      await listening.close();
    },
  },
  {
    name: 'policy: what came in as it would not any more is closed, whatever it speaks',
    run: async () => {
      const ca = await TestCa.create();
      const http: Admission = { direction: 'inbound', port: 9080, scheme: 'http' };
      let [secured, plaintext, foreign]: (Admission | undefined)[] = [
        http,
        http,
        { ...http, protocol: 'tcp' },
      ];
      const listening = await openPort(hello, {
        admit: (arrival) =>
          arrival === 'mesh-tls' ? secured : arrival === 'plaintext' ? plaintext : foreign,
        tcp: echo,
      });
      listening.setIdentity(await ca.svid('reviews'), ca.bundle);
      const { port } = listening;
      const mesh = await h1(port, await ca.svid('productpage'));
      const plain = await RawPeer.connect(port);
      plain.write(GET);
      await plain.until('hello');
      const passed = await foreignTls(port);
      listening.recheck();
      mesh.write(GET);
      await mesh.until('hello', 2);
      foreign = undefined;
      listening.recheck();
      await passed.untilEnd();
      plain.write(GET);
      await plain.until('hello', 2);
      plaintext = { ...http, protocol: 'tcp' };
      listening.recheck();
      await plain.untilEnd();
      mesh.write(GET);
      await mesh.until('hello', 3);
      secured = { ...http, port: 9081 };
      listening.recheck();
      await mesh.untilEnd();
      await listening.close();
    },
  },
  {
    name: 'policy: a TCP connection that the policy of now would close is closed',
    run: async () => {
      const ca = await TestCa.create();
      const denied = new Set<string>();
      const listening = await openPort(hello, {
        admit: () => ({ direction: 'inbound', port: 9000, scheme: 'http', protocol: 'tcp' }),
        tcp: echo,
        keepsTcp: ({ peer }) => !denied.has(peer?.id.path ?? ''),
      });
      listening.setIdentity(await ca.svid('reviews'), ca.bundle);
      const peers = await Promise.all(
        ['a', 'b'].map(async (name) => new RawPeer(meshSocket(listening.port, await ca.svid(name)))),
      );
      const [a, b] = peers as [RawPeer, RawPeer];
      for (const peer of peers) {
        peer.write('ping');
        await peer.until('ping');
      }
      listening.recheck();
      denied.add('/ns/default/sa/a');
      listening.recheck();
      await a.untilEnd();
      b.write('ping');
      await b.until('ping', 2);
      await listening.close();
    },
  },
];

/** A client of the application's own TLS whose first bytes come back, as if the application had answered. */
async function foreignTls(port: number): Promise<RawPeer> {
  const peer = await RawPeer.connect(port);
  peer.write(CLIENT_HELLO);
  await peer.until('\x16\x03\x01');
  return peer;
}

/** The least that a ClientHello of TLS 1.2 can say: no extensions. */
const CLIENT_HELLO = Buffer.concat([
  Buffer.from([0x16, 0x03, 0x01, 0x00, 0x2d, 0x01, 0x00, 0x00, 0x29, 0x03, 0x03]),
  Buffer.alloc(32, 7),
  Buffer.from([0x00, 0x00, 0x02, 0x13, 0x01, 0x01, 0x00]),
]);
