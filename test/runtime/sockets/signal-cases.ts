import assert from 'node:assert/strict';
import { activate } from '../../../src/proxy/activate.ts';
import { EndpointTable } from '../../../src/proxy/forward/endpoint-table.ts';
import type { Outcome } from '../../../src/proxy/forward/outcome.ts';
import { serve } from '../../../src/proxy/serve.ts';
import { SOCKET_BODIES } from '../../../src/runtime/sockets/socket-bodies.ts';
import { SocketsTransport } from '../../../src/runtime/sockets/sockets-transport.ts';
import { systemClock as clock, systemRandom as random } from '../../../src/runtime/system.ts';
import { call, grpcApplication, message } from '../../support/grpc.ts';
import { h2Client } from '../../support/h2-mesh.ts';
import { RawPeer, rawServer } from '../../support/raw-peer.ts';
import { buildRoute, buildSnapshot, buildVirtualHost, forwardTo } from '../../support/snapshot.ts';
import { openPort, SILENT, testCluster } from '../../support/socket-mesh.ts';
import { AUTHORIZED, withTwoSidecars } from '../../support/two-sidecars.ts';
import type { Case } from './case.ts';

/** What a sidecar's outbound port tells of the calls to a gRPC application. */
async function grpcOutcomes(run: (port: number) => Promise<void>): Promise<Outcome[]> {
  const application = await grpcApplication();
  const endpoints = [{ address: '127.0.0.1', port: application.port, labels: [], weight: 1 }];
  const discovery = { kind: 'static', endpoints } as const;
  const cluster = { ...testCluster(), protocol: 'http2', discovery } as const;
  const virtualHosts = [buildVirtualHost(['reviews'], [buildRoute('r', forwardTo([cluster.name]))])];
  const active = activate(buildSnapshot({ clusters: [cluster], outbound: [{ port: 9080, virtualHosts }] }));
  const transport = new SocketsTransport();
  const outcomes: Outcome[] = [];
  const handler = serve({
    active: () => active,
    resolve: async () => false,
    endpoints: new EndpointTable(),
    transport,
    bodies: SOCKET_BODIES,
    clock,
    random,
    debug: false,
    log: SILENT,
    onOutcome: (outcome) => outcomes.push(outcome),
  });
  const admit = () => ({ direction: 'outbound', port: 15001, scheme: 'http' }) as const;
  const listening = await openPort(handler, { protocol: 'plaintext', admit });
  await run(listening.port);
  transport.close();
  await listening.close();
  application.close();
  return outcomes;
}

export const SIGNAL_CASES: readonly Case[] = [
  {
    name: 'both sidecars tell the bytes of both bodies, in chunks or not, and that the hop was mesh TLS',
    run: async () => {
      const application = await rawServer(async (peer) => {
        await peer.until('\r\n0\r\n\r\n');
        peer.write('HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world');
      });
      await withTwoSidecars({ protocol: 'http', application: application.port }, async (mesh) => {
        const client = await RawPeer.connect(mesh.outbound.port);
        const head = `POST http://app/ HTTP/1.1\r\nHost: app\r\n${AUTHORIZED}\r\nTransfer-Encoding: chunked\r\n\r\n`;
        client.write(`${head}5\r\n12345\r\n2\r\n67\r\n0\r\n\r\n`);
        await client.until('hello world');
        while (mesh.outcomes.length < 2) await new Promise((resolve) => setTimeout(resolve, 2));
        assert.deepEqual(
          mesh.outcomes.map(({ requestBytes, responseBytes }) => [requestBytes, responseBytes]),
          [
            [7, 11],
            [7, 11],
          ],
        );
        assert.deepEqual(mesh.outcomes.map(({ mesh }) => mesh).sort(), [false, true]);
        client.socket.destroy();
      });
      application.close();
    },
  },
  {
    name: 'the status of a gRPC call is told, from its trailers or from its head',
    run: async () => {
      const outcomes = await grpcOutcomes(async (port) => {
        const client = h2Client(port);
        for (const path of ['/Unary', '/Fail']) {
          const { stream, answer } = call(client, path, { ':authority': 'reviews:9080' });
          if (path === '/Unary') stream.write(message('weft'));
          stream.end();
          await answer;
        }
        client.close();
      });
      assert.deepEqual(
        outcomes.map(({ status, grpcStatus }) => [status, grpcStatus]),
        [
          [200, '0'],
          [200, '5'],
        ],
      );
      assert.equal(outcomes[0]?.requestBytes, message('weft').length);
    },
  },
];
