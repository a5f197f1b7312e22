import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonGeneralName } from '@peculiar/x509';
import type { Connection } from '../../../src/proxy/decide/connection.ts';
import { GatewayListener } from '../../../src/runtime/sockets/gateway-listener.ts';
import type { TerminatedTls } from '../../../src/snapshot/gateway-server.ts';
import { EdgeCa, type PemPair, writePair } from '../../support/edge-certificate.ts';
import { askEdge } from '../../support/edge-client.ts';
import { SILENT, text } from '../../support/socket-mesh.ts';
import type { Case } from './case.ts';

const dns = (value: string): JsonGeneralName => ({ type: 'dns', value });
const url = (value: string): JsonGeneralName => ({ type: 'url', value });

/** What a gateway of that mode learns of clients of its CA. */
async function learned(mode: TerminatedTls['mode'], names: readonly JsonGeneralName[][]): Promise<Seen[]> {
  const folder = mkdtempSync(join(tmpdir(), 'weft-client-'));
  const ca = await EdgeCa.create('edge');
  writePair(folder, 'a', await ca.server('a.example'));
  writeFileSync(join(folder, 'ca.pem'), ca.pem);
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
  const seen: Seen[] = [];
  for (const one of names) {
    const pair = one.length === 0 ? undefined : await ca.issue(...one);
    await askEdge(listening.port, 'a.example', { servername: 'a.example', ...pair });
    seen.push({ pair, connection: connections.shift() });
  }
  listening.close();
  rmSync(folder, { recursive: true, force: true });
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
      const id = url('spiffe://cluster.local/ns/default/sa/admin');
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
];
