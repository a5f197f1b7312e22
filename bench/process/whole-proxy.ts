/** A proxy with everything on that a mesh asks of each request: policy, route, time-outs, retries, metrics, traces. */
import { SvidHolder } from '../../src/identity/svid-source.ts';
import type { Handler } from '../../src/proxy/exchange.ts';
import type { BodySource } from '../../src/runtime/sockets/body.ts';
import { listen } from '../../src/runtime/sockets/listener.ts';
import { SocketsTransport } from '../../src/runtime/sockets/sockets-transport.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import { SERVICE_PORT } from '../sidecar-snapshot.ts';
import { wholeGateway, wholeInbound } from '../whole-snapshot.ts';
import { benchLog as log } from './bench-log.ts';
import { answerQuestions } from './question-lines.ts';
import type { ProxyPorts, ProxyQuestion } from './weft-proxy.ts';
import { wholeCore, wholeHandler } from './whole-core.ts';

const transport = new SocketsTransport();
const place = { address: '127.0.0.1', port: 0, log };

answerQuestions(async ({ origin, svid, bundle }: ProxyQuestion): Promise<ProxyPorts> => {
  transport.setIdentity(svid, bundle);
  const svids = new SvidHolder();
  svids.set(svid);
  const plain = await listen({
    ...place,
    handler: handlerOf(wholeGateway(origin), svids),
    protocol: 'plaintext',
    admit: () => ({ direction: 'gateway', port: 80, scheme: 'http' }),
  });
  const mtls = await listen({
    ...place,
    handler: handlerOf(wholeInbound(), svids, origin),
    protocol: 'sniff',
    admit: (arrival) =>
      arrival === 'mesh-tls' ? { direction: 'inbound', port: SERVICE_PORT, scheme: 'http' } : undefined,
  });
  mtls.setIdentity(svid, bundle);
  return { plain: plain.port, mtls: mtls.port, tcp: 0 };
});

/** `appPort` is where the application behind a sidecar listens. */
function handlerOf(snapshot: Snapshot, svids: SvidHolder, appPort?: number): Handler<BodySource> {
  const core = wholeCore(svids, appPort);
  core.activate(snapshot, 1);
  return wholeHandler(core, transport);
}
