/** A sidecar that takes its configuration from a store, with everything on that a mesh asks of each request. */
import { SvidHolder } from '../../src/identity/svid-source.ts';
import { listen } from '../../src/runtime/sockets/listener.ts';
import { SocketsTransport } from '../../src/runtime/sockets/sockets-transport.ts';
import { SqliteStore } from '../../src/runtime/store/sqlite.ts';
import { importVerifyingKey, type PublicJwk } from '../../src/snapshot/signing-key.ts';
import { Subscriber } from '../../src/snapshot/subscribe.ts';
import { SERVICE_PORT } from '../sidecar-snapshot.ts';
import { benchLog as log } from './bench-log.ts';
import { answerQuestions } from './question-lines.ts';
import type { ProxyPorts, ProxyQuestion } from './weft-proxy.ts';
import { wholeCore, wholeHandler } from './whole-core.ts';

/** Where its configuration is. */
export interface FootprintQuestion extends Pick<ProxyQuestion, 'origin' | 'svid' | 'bundle'> {
  /** A SQLite file. */
  readonly store: string;
  /** Who signed it. */
  readonly key: PublicJwk;
  readonly target: string;
}

const transport = new SocketsTransport();
const place = { address: '127.0.0.1', port: 0, log };

answerQuestions(async ({ origin, svid, bundle, ...from }: FootprintQuestion): Promise<ProxyPorts> => {
  transport.setIdentity(svid, bundle);
  const svids = new SvidHolder();
  svids.set(svid);
  const core = wholeCore(svids, origin);
  const subscriber = new Subscriber({
    store: new SqliteStore(from.store),
    mesh: 'weft',
    keys: [await importVerifyingKey(from.key)],
    target: from.target,
    minimumRevision: 1,
    onSnapshot: (snapshot, revision, read) => core.activate(snapshot, revision, read),
    onEndpoints: (record) => void core.state.endpoints.update(record),
    onReject: (code, detail) => log.error('refused', { code, detail }),
  });
  const result = await subscriber.refresh();
  if (result !== 'updated') throw new Error(`the publication was ${result}`);
  const handler = wholeHandler(core, transport);
  const plain = await listen({
    ...place,
    handler,
    protocol: 'plaintext',
    admit: () => ({ direction: 'outbound', port: SERVICE_PORT, scheme: 'http' }),
  });
  const mtls = await listen({
    ...place,
    handler,
    protocol: 'sniff',
    admit: (arrival) =>
      arrival === 'mesh-tls' ? { direction: 'inbound', port: SERVICE_PORT, scheme: 'http' } : undefined,
  });
  mtls.setIdentity(svid, bundle);
  return { plain: plain.port, mtls: mtls.port, tcp: 0 };
});
