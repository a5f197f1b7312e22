/** A proxy made of the same parts as the sidecar, with a fixed snapshot instead of a control plane. */
import type { Bundle, Svid } from '../../src/identity/svid.ts';
import { activate } from '../../src/proxy/activate.ts';
import { EndpointTable } from '../../src/proxy/forward/endpoint-table.ts';
import { serve } from '../../src/proxy/serve.ts';
import { serveConnection } from '../../src/proxy/serve-connection.ts';
import { listen } from '../../src/runtime/sockets/listener.ts';
import { SOCKET_BODIES } from '../../src/runtime/sockets/socket-bodies.ts';
import { SocketsTransport } from '../../src/runtime/sockets/sockets-transport.ts';
import { TcpTransport } from '../../src/runtime/sockets/tcp-upstream.ts';
import { systemClock as clock, systemRandom as random } from '../../src/runtime/system.ts';
import { meshRecord, SERVICE_PORT, sidecarSnapshot, TCP_PORT } from '../sidecar-snapshot.ts';
import { benchLog as log } from './bench-log.ts';
import { answerQuestions } from './question-lines.ts';

/** Port of the origin, and what the proxy proves to the mesh. */
export interface ProxyQuestion {
  readonly origin: number;
  /** Where outbound requests go by mesh TLS, instead of to the origin. */
  readonly mesh?: number;
  /** What the origin speaks to outbound requests; `http1` by default. */
  readonly protocol?: 'http1' | 'http2';
  readonly svid: Svid;
  readonly bundle: Bundle;
}

/** Where a proxy listens; 0 = it has no such port. */
export interface ProxyPorts {
  /** Plaintext requests, that go out as from an application. */
  readonly plain: number;
  /** Requests in mesh TLS, that come in for it. */
  readonly mtls: number;
  /** Plaintext bytes that come in for it. */
  readonly tcp: number;
}

/** More than any benchmark opens. */
const MAX_CONNECTIONS = 16_000;
/** Longer than any benchmark takes to open them. */
const DEADLINES = { idleMs: 600_000 };

async function start(question: ProxyQuestion): Promise<ProxyPorts> {
  const { origin, mesh, protocol = 'http1', svid, bundle } = question;
  const active = activate(sidecarSnapshot({ origin, to: mesh === undefined ? 'origin' : 'mesh', protocol }));
  const endpoints = new EndpointTable();
  for (const port of [SERVICE_PORT, TCP_PORT]) endpoints.setApplication(port, '127.0.0.1', origin);
  if (mesh !== undefined) endpoints.update(meshRecord(mesh));
  const transport = new SocketsTransport();
  transport.setIdentity(svid, bundle);
  const shared = { active: () => active, endpoints, clock, random, log };
  const handler = serve({
    ...shared,
    resolve: async () => false,
    transport,
    bodies: SOCKET_BODIES,
    debug: false,
  });
  const place = {
    address: '127.0.0.1',
    port: 0,
    handler,
    log,
    maxConnections: MAX_CONNECTIONS,
    deadlines: DEADLINES,
  };
  const plain = await listen({
    ...place,
    protocol: 'plaintext',
    admit: () => ({ direction: 'outbound', port: SERVICE_PORT, scheme: 'http' }),
  });
  const mtls = await listen({
    ...place,
    protocol: 'sniff',
    admit: (arrival) =>
      arrival === 'mesh-tls' ? { direction: 'inbound', port: SERVICE_PORT, scheme: 'http' } : undefined,
  });
  mtls.setIdentity(svid, bundle);
  const tcp = await listen({
    ...place,
    protocol: 'sniff',
    admit: () => ({ direction: 'inbound', port: TCP_PORT, scheme: 'http', protocol: 'tcp' }),
    tcp: serveConnection({ ...shared, streams: new TcpTransport() }),
  });
  return { plain: plain.port, mtls: mtls.port, tcp: tcp.port };
}

answerQuestions(start);
