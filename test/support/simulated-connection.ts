import { parseOutboundName } from '../../src/http/outbound-name.ts';
import { formatSpiffeId, type SpiffeId, workloadId } from '../../src/identity/spiffe.ts';
import type { ActiveSnapshot } from '../../src/proxy/activate.ts';
import { acceptConnection } from '../../src/proxy/decide/accept.ts';
import type { Connection } from '../../src/proxy/decide/connection.ts';
import { type Attempt, TransportError } from '../../src/proxy/forward/transport.ts';

/** What a handshake would find: the server proves its identity, the listener is the one that the SNI names. */
export function meshConnection(
  server: ActiveSnapshot,
  { cluster }: Attempt<string>,
  peer: SpiffeId,
): Connection {
  const { target, trustDomain } = server.snapshot;
  const own = formatSpiffeId(workloadId(trustDomain, target.namespace, target.serviceAccount));
  if (cluster.tls.mode !== 'mesh' || !cluster.tls.sans.includes(own))
    throw new TransportError('tls-failure', false, `${own} is not expected`);
  const name = parseOutboundName(cluster.tls.sni);
  const listener = name && server.inboundByService(name.service, name.port);
  if (!listener || acceptConnection(listener.mtls, 'mesh-tls') !== 'serve')
    throw new TransportError('reset', true, 'closed');
  return {
    ...connection('inbound', listener.port),
    security: 'mutual_tls',
    peer: { id: peer },
    serverName: cluster.tls.sni,
  };
}

/** What a plaintext connection finds: the first listener. */
export function plainConnection(server: ActiveSnapshot): Connection {
  const listener = server.snapshot.inbound[0];
  if (!listener || acceptConnection(listener.mtls, 'plaintext') !== 'serve')
    throw new TransportError('reset', true, 'closed');
  return connection('inbound', listener.port);
}

/** A connection in plaintext from nobody known. */
export function connection(direction: Connection['direction'], port: number): Connection {
  const addresses = { remoteAddress: '10.0.0.1', localAddress: '10.0.0.2' };
  return {
    direction,
    port,
    scheme: 'http',
    ...addresses,
    security: 'none',
    peer: undefined,
    serverName: undefined,
  };
}
