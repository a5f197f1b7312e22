import { parseOutboundName } from '../src/http/outbound-name.ts';
import { acceptConnection } from '../src/proxy/decide/accept.ts';
import type { OriginalDestination } from '../src/proxy/decide/connection.ts';
import { UNDECLARED } from '../src/proxy/inbound-passthrough.ts';
import type { ProxyState } from '../src/proxy/proxy-state.ts';
import type { Admit } from '../src/runtime/sockets/admission.ts';
import type { InboundListener } from '../src/snapshot/snapshot.ts';

/**
 * Which workload port a connection to the one inbound port is for: mesh TLS names the service port in its SNI, plaintext
 * and the application's own TLS mean the port that they were redirected from, else they can only mean the first one.
 * Undefined closes it (PeerAuthentication, no such port, or a port of the sidecar itself).
 */
export function admitInbound(state: ProxyState): Admit {
  return (arrival, serverName, original) => {
    const listener =
      arrival === 'mesh-tls' ? namedListener(state, serverName) : plainListener(state, original);
    const verdict = listener === undefined ? 'close' : acceptConnection(listener.mtls, arrival);
    if (listener === undefined || verdict === 'close') return undefined;
    // What nobody declared is judged as the port that it is.
    const port = listener.port === UNDECLARED ? (original?.port ?? UNDECLARED) : listener.port;
    // On loopback it would be taken for somebody of this machine.
    if (state.isReserved(port)) return undefined;
    const protocol = verdict === 'passthrough' ? 'tcp' : listener.protocol;
    return { direction: 'inbound', port, scheme: 'http', protocol };
  };
}

/**
 * Whether nothing but plaintext TCP can arrive, so that a server may speak before its client. Where mesh TLS is
 * possible too the first bytes are waited for: a server that speaks first wants STRICT or DISABLE, as in Istio.
 */
export function onlyPlaintextTcp(state: ProxyState, original?: OriginalDestination): boolean {
  const meant = original && plainListener(state, original);
  const listeners = meant ? [meant] : (state.active?.snapshot.inbound ?? []);
  return listeners[0]?.protocol === 'tcp' && listeners.every(({ mtls }) => mtls === 'DISABLE');
}

function plainListener(
  { active }: ProxyState,
  original: OriginalDestination | undefined,
): InboundListener | undefined {
  return original === undefined ? active?.snapshot.inbound[0] : active?.inbound(original.port);
}

function namedListener({ active }: ProxyState, serverName: string | undefined): InboundListener | undefined {
  const name = serverName === undefined ? undefined : parseOutboundName(serverName);
  return name && active?.inboundByService(name.service, name.port);
}
