import { createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { canonicalRequest, isRefusal } from '../../src/http/canonical-request.ts';
import type { Connection } from '../../src/proxy/decide/connection.ts';
import type { Handler } from '../../src/proxy/exchange.ts';
import type { ProxyResponse } from '../../src/proxy/forward/transport.ts';
import { TransportError } from '../../src/proxy/forward/transport.ts';
import type { BodySource } from '../../src/runtime/sockets/body.ts';
import type { Listening, ListenOptions } from '../../src/runtime/sockets/listener.ts';
import { SocketsTransport } from '../../src/runtime/sockets/sockets-transport.ts';
import { attemptTo, meshCluster, openPort, TestCa, testCluster, text } from './socket-mesh.ts';

type OnStream = (stream: ServerHttp2Stream, fields: readonly string[]) => void;

/** A plaintext HTTP/2 application on loopback. */
export interface H2Application {
  readonly port: number;
  readonly server: Http2Server;
  close(): void;
}

/** Serves every stream by prior knowledge. */
export async function h2Application(onStream: OnStream): Promise<H2Application> {
  const sessions = new Set<{ destroy(): void }>();
  const server = createServer();
  server.on('session', (session) => {
    sessions.add(session);
    session.on('error', () => undefined);
    session.on('close', () => sessions.delete(session));
  });
  server.on('stream', (stream, _headers, _flags, raw) => {
    stream.on('error', () => undefined);
    onStream(stream as ServerHttp2Stream, raw as unknown as string[]);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => {
    for (const session of sessions) session.destroy();
    server.close();
  };
  return { port: (server.address() as AddressInfo).port, server, close };
}

/** Where a hop leads. */
export interface Hop {
  readonly port: number;
  readonly http2: boolean;
  /** Mesh TLS to a server of the account `reviews`. */
  readonly mesh?: boolean;
}

/** Sends what was asked on to the next hop as a sidecar does; a transport's failure is a 503 with its name. */
export function forwardTo(transport: SocketsTransport, hop: Hop): Handler<BodySource> {
  const cluster = hop.mesh ? meshCluster('reviews') : testCluster();
  return async (exchange): Promise<ProxyResponse<BodySource>> => {
    const { head, body, signal, connection } = exchange;
    const judged = canonicalRequest(head, connection.scheme, 'BASE');
    if (isRefusal(judged)) return text(judged.reason, judged.status);
    const attempt = {
      ...attemptTo(hop.port, { cluster, body }),
      request: judged,
      http2: hop.http2,
      client: exchange,
    };
    try {
      return await transport.send(attempt, signal);
    } catch (error) {
      if (error instanceof TransportError) return text(error.failure, 503);
      throw error;
    }
  };
}

/** Two sidecars in a row: plaintext in, mesh TLS over HTTP/2 between them, plaintext out. */
export interface Chain {
  readonly ca: TestCa;
  readonly outbound: Listening;
  readonly inbound: Listening;
  /** Who came to the second one. */
  readonly connections: Connection[];
  readonly client: SocketsTransport;
}

/** Builds a chain that ends at `application`, and takes it down after `run`. */
export async function withChain(
  application: Hop,
  run: (chain: Chain) => Promise<void>,
  more: Partial<ListenOptions> = {},
): Promise<void> {
  const ca = await TestCa.create();
  const connections: Connection[] = [];
  const toApplication = new SocketsTransport();
  const toMesh = new SocketsTransport();
  const last = forwardTo(toApplication, application);
  const inbound = await openPort((exchange) => {
    connections.push(exchange.connection);
    return last(exchange);
  }, more);
  inbound.setIdentity(await ca.svid('reviews'), ca.bundle);
  toMesh.setIdentity(await ca.svid('productpage'), ca.bundle);
  const outbound = await openPort(forwardTo(toMesh, { port: inbound.port, http2: true, mesh: true }), {
    protocol: 'plaintext',
    admit: () => ({ direction: 'outbound', port: 15001, scheme: 'http' }),
    ...more,
  });
  try {
    await run({ ca, outbound, inbound, connections, client: toMesh });
  } finally {
    toMesh.close();
    toApplication.close();
    await outbound.close();
    await inbound.close();
  }
}
