import { parseOutboundName } from '../src/http/outbound-name.ts';
import { acceptConnection } from '../src/proxy/decide/accept.ts';
import type { ProxyState } from '../src/proxy/proxy-state.ts';
import type { Admit } from '../src/runtime/sockets/admission.ts';
import type { InboundListener } from '../src/snapshot/snapshot.ts';

/**
 * Which workload port a connection to the one inbound port is for: mesh TLS names the service port in its
 * SNI, plaintext and the application's own TLS can only mean the first port. Undefined closes it (PeerAuthentication, or no such port).
 */
export function admitInbound(state: ProxyState): Admit {
  return (arrival, serverName) => {
    const listener =
      arrival === 'mesh-tls' ? namedListener(state, serverName) : state.active?.snapshot.inbound[0];
    const verdict = listener === undefined ? 'close' : acceptConnection(listener.mtls, arrival);
    if (listener === undefined || verdict === 'close') return undefined;
    const protocol = verdict === 'passthrough' ? 'tcp' : listener.protocol;
    return { direction: 'inbound', port: listener.port, scheme: 'http', protocol };
  };
}

/**
 * Whether nothing but plaintext TCP can arrive, so that a server may speak before its client. Where mesh TLS is
 * possible too the first bytes are waited for: a server that speaks first wants STRICT or DISABLE, as in Istio.
 */
export function onlyPlaintextTcp({ active }: ProxyState): boolean {
  const listeners = active?.snapshot.inbound ?? [];
  return listeners[0]?.protocol === 'tcp' && listeners.every(({ mtls }) => mtls === 'DISABLE');
}

function namedListener({ active }: ProxyState, serverName: string | undefined): InboundListener | undefined {
  const name = serverName === undefined ? undefined : parseOutboundName(serverName);
  return name && active?.inboundByService(name.service, name.port);
}
