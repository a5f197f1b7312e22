import { withConnect } from '../src/proxy/serve-connect.ts';
import { keepsConnection, serveConnection } from '../src/proxy/serve-connection.ts';
import { type Listening, type ListenOptions, listen } from '../src/runtime/sockets/listener.ts';
import { admitOutbound, isUnread } from './admit-outbound.ts';
import { BothFamilies } from './both-families.ts';
import type { DataPortsParts } from './data-ports.ts';
import { withCredential } from './proxy-credential.ts';
import type { Redirection } from './redirection.ts';

/** Opens the application's port: on loopback, for who has the run's credential and for whom the kernel redirected. */
export async function openOutbound(
  port: number,
  parts: DataPortsParts,
  redirection: Redirection | undefined,
): Promise<Listening> {
  const options = listenOptions(port, parts, redirection);
  const ipv4 = await listen(options);
  if (redirection === undefined) return ipv4;
  const ipv6 = await listen({ ...options, address: '::1', port: ipv4.port }).catch((error: unknown) => {
    parts.log.warn('IPv6 is not intercepted', { error: String(error) });
    return undefined;
  });
  return new BothFamilies(ipv4, ipv6);
}

function listenOptions(
  port: number,
  { options, state, handler, connections, log }: DataPortsParts,
  redirection: Redirection | undefined,
): ListenOptions {
  return {
    address: '127.0.0.1',
    port,
    protocol: 'plaintext',
    admit: admitOutbound(state, port),
    original: redirection?.original,
    serverFirst: isUnread(state),
    handler: withCredential(options.credential, withConnect(connections, handler), redirection?.isTrusted),
    tcp: serveConnection(connections),
    keepsTcp: keepsConnection(connections),
    maxConnections: options.limits.maxConnections,
    log,
  };
}
