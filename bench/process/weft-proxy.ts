/** A proxy made of the same parts as the sidecar, with a fixed snapshot instead of a control plane. */
import type { Bundle, Svid } from '../../src/identity/svid.ts';
import { activate } from '../../src/proxy/activate.ts';
import { EndpointTable } from '../../src/proxy/forward/endpoint-table.ts';
import { serve } from '../../src/proxy/serve.ts';
import { type Listening, listen } from '../../src/runtime/sockets/listener.ts';
import { SOCKET_BODIES } from '../../src/runtime/sockets/socket-bodies.ts';
import { SocketsTransport } from '../../src/runtime/sockets/sockets-transport.ts';
import { systemClock as clock, systemRandom as random } from '../../src/runtime/system.ts';
import { meshRecord, SERVICE_PORT, sidecarSnapshot } from '../sidecar-snapshot.ts';
import { answerQuestions } from './question-lines.ts';

/** Port of the origin, and what the proxy proves to the mesh. */
export interface ProxyQuestion {
  readonly origin: number;
  /** Where outbound requests go by mesh TLS, instead of to the origin. */
  readonly mesh?: number;
  readonly svid: Svid;
  readonly bundle: Bundle;
}

/** Plaintext goes out as from an application; mesh TLS comes in for it. */
export interface ProxyPorts {
  readonly plain: number;
  readonly mtls: number;
}

const log = {
  info: () => undefined,
  warn: () => undefined,
  error: (event: string, fields?: unknown) =>
    void process.stderr.write(`${event} ${JSON.stringify(fields)}\n`),
};

async function start({ origin, mesh, svid, bundle }: ProxyQuestion): Promise<ProxyPorts> {
  const active = activate(sidecarSnapshot(origin, mesh === undefined ? 'origin' : 'mesh'));
  const endpoints = new EndpointTable();
  endpoints.setApplication(SERVICE_PORT, '127.0.0.1', origin);
  if (mesh !== undefined) endpoints.update(meshRecord(mesh));
  const transport = new SocketsTransport();
  transport.setIdentity(svid, bundle);
  const handler = serve({
    active: () => active,
    resolve: async () => false,
    endpoints,
    transport,
    bodies: SOCKET_BODIES,
    clock,
    random,
    debug: false,
    log,
  });
  const place = { address: '127.0.0.1', port: 0, handler, log };
  const plain: Listening = await listen({
    ...place,
    protocol: 'plaintext',
    admit: () => ({ direction: 'outbound', port: SERVICE_PORT, scheme: 'http' }),
  });
  const mtls: Listening = await listen({
    ...place,
    protocol: 'sniff',
    admit: (arrival) =>
      arrival === 'mesh-tls' ? { direction: 'inbound', port: SERVICE_PORT, scheme: 'http' } : undefined,
  });
  mtls.setIdentity(svid, bundle);
  return { plain: plain.port, mtls: mtls.port };
}

answerQuestions(start);
