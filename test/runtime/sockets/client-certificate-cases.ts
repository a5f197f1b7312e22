import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'node:tls';
import type { JsonGeneralName } from '@peculiar/x509';
import type { Svid } from '../../../src/identity/svid.ts';
import { Trust } from '../../../src/identity/trust.ts';
import type { Connection } from '../../../src/proxy/decide/connection.ts';
import { GatewayListener } from '../../../src/runtime/sockets/gateway-listener.ts';
import type { TerminatedTls } from '../../../src/snapshot/gateway-server.ts';
import { EdgeCa, type PemPair, writePair } from '../../support/edge-certificate.ts';
import { askEdge } from '../../support/edge-client.ts';
import { RawPeer } from '../../support/raw-peer.ts';
import { SILENT, TestCa, text } from '../../support/socket-mesh.ts';
import type { Case } from './case.ts';

const dns = (value: string): JsonGeneralName => ({ type: 'dns', value });
const url = (value: string): JsonGeneralName => ({ type: 'url', value });

/** A gateway that asks for certificates of a CA, and what it learns of its clients. */
interface Edge {
  readonly listening: GatewayListener;
  /** Of the requests, in their order. */
  readonly connections: Connection[];
}

/** Runs with a gateway of that mode, whose clients chain to `roots` (PEM). */
async function withEdge(
  mode: TerminatedTls['mode'],
  roots: string,
  run: (edge: Edge) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'weft-client-'));
  const ca = await EdgeCa.create('server');
  writePair(folder, 'a', await ca.server('a.example'));
  writeFileSync(join(folder, 'ca.pem'), roots);
  const connections: Connection[] = [];
  const tls: TerminatedTls = {
    mode,
    certificateFile: join(folder, 'a.crt'),
    privateKeyFile: join(folder, 'a.key'),
    caFile: mode === 'SIMPLE' ? '' : join(folder, 'ca.pem'),
    subjectAltNames: [],
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.3',
  };
  const server = { protocol: 'HTTPS' as const, port: 443, source: '', hosts: ['*'], tls, virtualHosts: [] };
  const listening = await GatewayListener.open({
    address: '127.0.0.1',
    port: 0,
    serverPort: 443,
    server: () => server,
    servers: () => [server],
    handler: async ({ connection }) => {
      connections.push(connection);
      return text('here');
    },
    tcp: async () => undefined,
    log: SILENT,
  });
  try {
    await run({ listening, connections });
  } finally {
    listening.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What a gateway of that mode, in the mesh `cluster.local`, learns of clients of its CA. */
async function learned(mode: TerminatedTls['mode'], names: readonly JsonGeneralName[][]): Promise<Seen[]> {
  const [ca, mesh] = [await EdgeCa.create('edge'), await TestCa.create()];
  const partner = { trustDomain: 'federated.example', rootsPem: (await TestCa.create()).bundle.rootsPem };
  const seen: Seen[] = [];
  await withEdge(mode, ca.pem, async ({ listening, connections }) => {
    listening.setTrust(new Trust({ ...mesh.bundle, aliases: ['old.example'], federated: [partner] }));
    for (const one of names) {
      const pair = one.length === 0 ? undefined : await ca.issue(...one);
      await askEdge(listening.port, 'a.example', { servername: 'a.example', ...pair });
      seen.push({ pair, connection: connections.shift() });
    }
  });
  return seen;
}

interface Seen {
  readonly pair: PemPair | undefined;
  readonly connection: Connection | undefined;
}

export const CLIENT_CERTIFICATE_CASES: readonly Case[] = [
  {
    name: 'identity: a client of MUTUAL is known by its certificate, and by its SPIFFE ID where it has one',
    run: async () => {
      const id = 'spiffe://partner.example/ns/web/sa/shop';
      const [svid, named, twice, spoilt] = await learned('MUTUAL', [
        [url(id)],
        [dns('shop.example'), url('https://shop.example/id')],
        [url(id), url('spiffe://partner.example/ns/web/sa/admin')],
        [url(id), dns('a_b.example')],
      ]);
      const leaf = new X509Certificate(svid?.pair?.cert ?? '');
      const hash = createHash('sha256').update(leaf.raw).digest('hex');
      const notAfter = Date.parse(leaf.validTo);
      assert.equal(svid?.connection?.security, 'mutual_tls');
      assert.deepEqual(svid?.connection?.peer, {
        id: { trustDomain: 'partner.example', path: '/ns/web/sa/shop' },
        certificateHash: hash,
        subject: 'CN=leaf',
        notAfter,
      });
      assert.equal(svid?.connection?.certificate?.hash, hash);
      assert.equal(new X509Certificate(svid?.connection?.certificate?.pem ?? '').raw.equals(leaf.raw), true);
      assert.equal(named?.connection?.peer, undefined);
      assert.equal(named?.connection?.security, 'none');
      assert.deepEqual(named?.connection?.certificate?.dnsNames, ['shop.example']);
      assert.deepEqual(named?.connection?.certificate?.uris, ['https://shop.example/id']);
      // An X.509-SVID has one URI name: two are nobody's principal.
      assert.equal(twice?.connection?.peer, undefined);
      assert.equal(twice?.connection?.certificate?.uris.length, 2);
      // TLS lets it in; as an X.509-SVID it breaks a rule.
      assert.equal(spoilt?.connection?.peer, undefined);
      assert.equal(spoilt?.connection?.security, 'none');
      assert.deepEqual(spoilt?.connection?.certificate?.dnsNames, ['a_b.example']);
    },
  },
  {
    name: 'identity: who shows no certificate, or was asked for none, is nobody',
    run: async () => {
      const id = url('spiffe://partner.example/ns/default/sa/admin');
      const [none, some] = await learned('OPTIONAL_MUTUAL', [[], [id]]);
      const [unasked] = await learned('SIMPLE', [[id]]);
      for (const one of [none, unasked]) {
        assert.notEqual(one?.connection, undefined);
        assert.equal(one?.connection?.peer, undefined);
        assert.equal(one?.connection?.certificate, undefined);
        assert.equal(one?.connection?.security, 'none');
      }
      assert.equal(some?.connection?.peer?.id.path, '/ns/default/sa/admin');
    },
  },
  {
    name: 'identity: the client CA of a Gateway server makes nobody of the mesh, its aliases or its federation',
    run: async () => {
      const domains = ['cluster.local', 'old.example', 'federated.example'];
      const ids = domains.map((domain) => [
        url(`spiffe://${domain}/ns/istio-system/sa/admin`),
        dns('shop.example'),
      ]);
      const spelt = [url('SPIFFE://x@Cluster.Local:1/ns/istio-system/sa/admin'), dns('shop.example')];
      const seen = await learned('MUTUAL', [...ids, spelt]);
      assert.equal(seen.length, 4);
      for (const { connection } of seen) {
        assert.equal(connection?.security, 'none');
        assert.equal(connection?.peer, undefined);
        // Backends are told of the certificate, and of no name that nobody vouched for.
        assert.deepEqual(connection?.certificate?.uris, []);
        assert.deepEqual(connection?.certificate?.dnsNames, ['shop.example']);
      }
    },
  },
  {
    name: 'identity: a gateway that does not know yet whom the mesh believes takes no client for anybody',
    run: async () => {
      const ca = await TestCa.create('partner.example');
      await withEdge('MUTUAL', ca.bundle.rootsPem, async ({ listening, connections }) => {
        await askEdge(listening.port, 'a.example', pairOf(await ca.svid('shop')));
        assert.equal(connections[0]?.peer, undefined);
        assert.deepEqual(connections[0]?.certificate?.uris, []);
      });
    },
  },
  {
    name: 'identity: a gateway that trusts the roots of the mesh lets no client in that is denied, nor keeps one',
    run: async () => {
      const ca = await TestCa.create();
      const value = 'spiffe://cluster.local/ns/default/sa/guest';
      await withEdge('MUTUAL', ca.bundle.rootsPem, async ({ listening, connections }) => {
        listening.setTrust(new Trust(ca.bundle));
        const [guest, resident] = await Promise.all(
          ['guest', 'resident'].map(async (account) => stayAt(listening.port, await ca.svid(account))),
        );
        assert.deepEqual(connections.map(({ peer }) => peer?.id.path.split('/').at(-1)).sort(), [
          'guest',
          'resident',
        ]);
        listening.setTrust(new Trust({ ...ca.bundle, denied: [{ kind: 'id', value }] }));
        await guest?.untilEnd();
        resident?.write(GET);
        await resident?.until('here', 2);
        const denied = await askEdge(listening.port, 'a.example', pairOf(await ca.svid('guest')));
        assert.deepEqual([denied.text, connections.length], ['', 3]);
        resident?.socket.destroy();
      });
    },
  },
];

const GET = 'GET / HTTP/1.1\r\nHost: a.example\r\n\r\n';

const pairOf = ({ chainPem: cert, keyPem: key }: Svid) => ({ servername: 'a.example', cert, key });

/** A client that has been answered once, and stays. */
async function stayAt(port: number, svid: Svid): Promise<RawPeer> {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...pairOf(svid) });
  const peer = new RawPeer(socket);
  peer.write(GET);
  await peer.until('here');
  return peer;
}
