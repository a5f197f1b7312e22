import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import { TransportError } from '../../../src/proxy/forward/transport.ts';
import { SocketsTransport } from '../../../src/runtime/sockets/sockets-transport.ts';
import type { ClusterTls } from '../../../src/snapshot/cluster.ts';
import { EdgeCa, type PemPair } from '../../support/edge-certificate.ts';
import { attemptTo, readBody, testCluster } from '../../support/socket-mesh.ts';
import type { Case } from './case.ts';

const NAME = 'backend.example';

interface Backend {
  readonly port: number;
  /** Server names that clients asked for, one for each connection. */
  readonly asked: string[];
  readonly protocols: (string | false | null)[];
  close(): void;
}

/** An HTTP server behind TLS that answers every request. */
function backendOf({ cert, key }: PemPair): Promise<Backend> {
  const asked: string[] = [];
  const protocols: (string | false | null)[] = [];
  const sockets: TLSSocket[] = [];
  const server: Server = createServer({ cert, key, ALPNProtocols: ['weft', 'http/1.1'] }, (socket) => {
    sockets.push(socket);
    asked.push(String((socket as { servername?: string }).servername));
    protocols.push(socket.alpnProtocol);
    socket.on('error', () => undefined);
    socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi'));
  });
  server.on('tlsClientError', () => undefined);
  return new Promise((resolve) => {
    server.listen({ host: '127.0.0.1', port: 0 }, () =>
      resolve({
        port: (server.address() as AddressInfo).port,
        asked,
        protocols,
        close: () => {
          for (const socket of sockets) socket.destroy();
          server.close();
        },
      }),
    );
  });
}

const tlsTo = (roots: string, names: readonly string[] = [NAME]): ClusterTls => ({
  mode: 'server',
  serverName: NAME,
  names,
  roots,
});

async function withBackend(
  certificate: (ca: EdgeCa) => Promise<PemPair>,
  run: (ask: (tls: ClusterTls) => Promise<string>, ca: EdgeCa, backend: Backend) => Promise<void>,
): Promise<void> {
  const ca = await EdgeCa.create('backends');
  const backend = await backendOf(await certificate(ca));
  const transport = new SocketsTransport();
  try {
    const ask = async (tls: ClusterTls) => {
      const { body } = await transport.send(
        attemptTo(backend.port, { cluster: testCluster(tls) }),
        undefined,
      );
      return readBody(body);
    };
    await run(ask, ca, backend);
  } finally {
    transport.close();
    backend.close();
  }
}

const refused = (error: unknown) =>
  error instanceof TransportError && error.failure === 'tls-failure' && !error.sent;

export const SERVER_TLS_CASES: readonly Case[] = [
  {
    name: 'TLS to a backend asks for its name, offers nothing of the mesh, and is reused',
    run: () =>
      withBackend(
        (ca) => ca.server(NAME),
        async (ask, ca, { asked, protocols }) => {
          assert.deepEqual([await ask(tlsTo(ca.pem)), await ask(tlsTo(ca.pem))], ['hi', 'hi']);
          assert.deepEqual([asked, protocols], [[NAME], ['http/1.1']]);
        },
      ),
  },
  {
    name: 'any of the names that a backend may have will do',
    run: () =>
      withBackend(
        (ca) => ca.server('other.example'),
        async (ask, ca) => {
          assert.equal(await ask(tlsTo(ca.pem, ['no.example', 'other.example'])), 'hi');
        },
      ),
  },
  {
    name: 'a backend of another name, of another authority or of one that the platform does not know gets nothing',
    run: () =>
      withBackend(
        (ca) => ca.server(NAME),
        async (ask, ca) => {
          const other = await EdgeCa.create('strangers');
          await assert.rejects(ask(tlsTo(ca.pem, ['other.example'])), refused);
          await assert.rejects(ask(tlsTo(other.pem)), refused);
          await assert.rejects(ask(tlsTo('')), refused);
        },
      ),
  },
  {
    name: 'a connection to a backend stands for no other name or authority',
    run: () =>
      withBackend(
        (ca) => ca.server(NAME),
        async (ask, ca, { asked }) => {
          assert.equal(await ask(tlsTo(ca.pem)), 'hi');
          await assert.rejects(ask(tlsTo(ca.pem, ['other.example'])), refused);
          await assert.rejects(ask({ mode: 'none' }));
          assert.equal(asked[0], NAME);
        },
      ),
  },
];
