import assert from 'node:assert/strict';
import { activate } from '../../../src/proxy/activate.ts';
import { EndpointTable } from '../../../src/proxy/forward/endpoint-table.ts';
import { serve } from '../../../src/proxy/serve.ts';
import { SOCKET_BODIES } from '../../../src/runtime/sockets/socket-bodies.ts';
import { SocketsTransport } from '../../../src/runtime/sockets/sockets-transport.ts';
import { systemClock, systemRandom } from '../../../src/runtime/system.ts';
import { call, grpcApplication, message, messagesOf } from '../../support/grpc.ts';
import { withChain } from '../../support/h2-chain.ts';
import { fieldOf, h2Client } from '../../support/h2-mesh.ts';
import { buildRoute, buildSnapshot, buildVirtualHost, forwardTo } from '../../support/snapshot.ts';
import { openPort, SILENT, testCluster } from '../../support/socket-mesh.ts';
import type { Case } from './case.ts';

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** The outbound port of a sidecar whose one service listens on `port`; requests take `timeoutMs` at most. */
async function withSidecar(
  port: number,
  run: (port: number) => Promise<void>,
  timeoutMs?: number,
): Promise<void> {
  const endpoints = port === 0 ? [] : [{ address: '127.0.0.1', port, labels: [], weight: 1 }];
  const cluster = {
    ...testCluster(),
    protocol: 'http2' as const,
    discovery: { kind: 'static' as const, endpoints },
  };
  const action = forwardTo([cluster.name], timeoutMs === undefined ? {} : { timeoutMs });
  const virtualHosts = [buildVirtualHost(['reviews'], [buildRoute('r', action)])];
  const active = activate(buildSnapshot({ clusters: [cluster], outbound: [{ port: 9080, virtualHosts }] }));
  const transport = new SocketsTransport();
  const handler = serve({
    active: () => active,
    resolve: async () => false,
    endpoints: new EndpointTable(),
    transport,
    bodies: SOCKET_BODIES,
    clock: systemClock,
    random: systemRandom,
    debug: false,
    log: SILENT,
  });
  const admit = () => ({ direction: 'outbound', port: 15001, scheme: 'http' }) as const;
  const listening = await openPort(handler, { protocol: 'plaintext', admit });
  try {
    await run(listening.port);
  } finally {
    transport.close();
    await listening.close();
  }
}

const AUTHORITY = { ':authority': 'reviews:9080' };

export const GRPC_CASES: readonly Case[] = [
  {
    name: 'gRPC: the four shapes of a call, and a status alone, go through two sidecars',
    run: async () => {
      const application = await grpcApplication();
      await withChain({ port: application.port, http2: true }, async ({ outbound }) => {
        const client = h2Client(outbound.port);
        const table: readonly (readonly [path: string, sent: readonly string[], got: readonly string[]])[] = [
          ['/Unary', ['weft'], ['hello weft']],
          ['/Serve', ['n'], ['n 1', 'n 2', 'n 3']],
          ['/Collect', ['a', 'b', 'c'], ['a+b+c']],
          ['/Chat', ['a', 'b'], ['re: a', 're: b']],
        ];
        for (const [path, sent, got] of table) {
          const { stream, answer } = call(client, path);
          for (const text of sent) stream.write(message(text));
          stream.end();
          const { status, body, trailers, code } = await answer;
          assert.deepEqual(
            [status, messagesOf(body), trailers, code],
            [200, got, ['grpc-status', '0'], 0],
            path,
          );
        }
        const { stream, answer } = call(client, '/Fail');
        stream.end();
        const { status, headers, trailers, body } = await answer;
        assert.deepEqual([status, fieldOf(headers, 'grpc-status'), trailers, body], [200, '5', [], '']);
        assert.equal(fieldOf(headers, 'content-length'), undefined);
        client.close();
      });
      application.close();
    },
  },
  {
    name: 'gRPC: a call in mid-stream that the client cancels is cancelled at the application',
    run: async () => {
      const closed: [string, number][] = [];
      const application = await grpcApplication((path, code) => closed.push([path, code]));
      await withChain({ port: application.port, http2: true }, async ({ outbound }) => {
        const client = h2Client(outbound.port);
        const { stream, answer } = call(client, '/Chat');
        stream.write(message('a'));
        await new Promise((resolve) => stream.once('data', resolve));
        // Bun's close would end the request in order first.
        stream.destroy(new Error('cancelled'));
        await answer;
        while (closed.length === 0) await sleep(5);
        assert.equal(closed[0]?.[0], '/Chat');
        assert.notEqual(closed[0]?.[1], 0);
        client.close();
      });
      application.close();
    },
  },
  {
    name: 'gRPC: grpc-timeout ends a call with status 4, a route timeout with 14, and both at the application',
    run: async () => {
      const closed: string[] = [];
      const application = await grpcApplication((path) => closed.push(path));
      const table = [
        [{ 'grpc-timeout': '80m' }, undefined, '4'],
        [{ 'grpc-timeout': '80m' }, 10_000, '4'],
        [{ 'grpc-timeout': '1H' }, 80, '14'],
        [{}, 80, '14'],
      ] as const;
      for (const [fields, timeoutMs, status] of table) {
        await withSidecar(
          application.port,
          async (port) => {
            const client = h2Client(port);
            const { stream, answer } = call(client, '/Hang', { ...AUTHORITY, ...fields });
            stream.end();
            const { headers, status: http } = await answer;
            assert.deepEqual([http, fieldOf(headers, 'grpc-status')], [200, status], JSON.stringify(fields));
            assert.equal(fieldOf(headers, 'grpc-message'), 'upstream request timeout');
            client.close();
          },
          timeoutMs,
        );
      }
      while (closed.length < table.length) await sleep(5);
      application.close();
    },
  },
  {
    name: 'gRPC: what the proxy answers itself is HTTP 200 with the status that its own stands for',
    run: async () => {
      await withSidecar(0, async (port) => {
        const client = h2Client(port);
        const table = [
          [AUTHORITY, '/Unary', '14'],
          [{ ':authority': 'nobody:9080' }, '/Unary', '14'],
          [{ ':authority': 'reviews:9080', authorization: 'a' }, '/Unary', '14'],
        ] as const;
        for (const [fields, path, status] of table) {
          const { stream, answer } = call(client, path, fields);
          stream.end(message('x'));
          const { headers, status: http, trailers, body } = await answer;
          assert.deepEqual([http, fieldOf(headers, 'grpc-status'), trailers, body], [200, status, [], '']);
          assert.equal(fieldOf(headers, 'content-type'), 'application/grpc');
        }
        client.close();
      });
    },
  },
];
