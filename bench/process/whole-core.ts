import type { SvidHolder } from '../../src/identity/svid-source.ts';
import { dataPath } from '../../src/proxy/data-path.ts';
import type { Handler } from '../../src/proxy/exchange.ts';
import { ProxyCore } from '../../src/proxy/proxy-core.ts';
import type { BodySource } from '../../src/runtime/sockets/body.ts';
import { SOCKET_BODIES } from '../../src/runtime/sockets/socket-bodies.ts';
import type { SocketsTransport } from '../../src/runtime/sockets/sockets-transport.ts';
import { TcpTransport } from '../../src/runtime/sockets/tcp-upstream.ts';
import { systemClock as clock, systemRandom as random } from '../../src/runtime/system.ts';
import { benchLog as log } from './bench-log.ts';

/** Istio's default share of traces. */
const tracing = { samplingPercent: 1 };

/** The core of a proxy with metrics on. `appPort` is where the application behind a sidecar listens. */
export function wholeCore(svids: SvidHolder, appPort?: number): ProxyCore {
  return new ProxyCore({
    membership: {
      ...{ control: '', mesh: 'weft', trustDomain: 'cluster.local', rootHash: '', signingKeys: [] },
      ...{ namespace: 'default', workload: 'reviews', serviceAccount: 'reviews' },
    },
    nonce: 'bench',
    runtime: 'bench',
    ...(appPort !== undefined && { appPort }),
    svids,
    accessLog: undefined,
    fetchKeys: () => Promise.reject(new Error('no token is asked for')),
    limitStore: undefined,
    clock,
    log,
  });
}

/** How it serves requests, with trace headers. */
export function wholeHandler(core: ProxyCore, transport: SocketsTransport): Handler<BodySource> {
  const shared = { transport, streams: new TcpTransport(), bodies: SOCKET_BODIES, clock, random, log };
  return dataPath({ ...shared, core, resolve: async () => false, debug: false, tracing }).handler;
}
