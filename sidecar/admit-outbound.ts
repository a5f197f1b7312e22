import type { OriginalDestination } from '../src/proxy/decide/connection.ts';
import type { ProxyState } from '../src/proxy/proxy-state.ts';
import type { Admission, Admit } from '../src/runtime/sockets/admission.ts';

/**
 * What a connection of the application is for. One that was redirected says so by where it was going: TLS is the
 * application's own, and an address that only a proxy could be behind, with nothing on that port, is closed.
 */
export function admitOutbound(state: ProxyState, port: number): Admit {
  const explicit: Admission = { direction: 'outbound', port, scheme: 'http' };
  return (arrival, _serverName, original) => {
    if (original === undefined) return explicit;
    const protocol = state.active?.intercepted.protocol(original) ?? 'none';
    if (protocol === 'none') return undefined;
    return { ...explicit, protocol: arrival === 'plaintext' ? protocol : 'tcp' };
  };
}

/** Whether nobody reads what an application sends there, so that a server may speak before its client. */
export function isUnread(state: ProxyState): (original: OriginalDestination | undefined) => boolean {
  return (original) => original !== undefined && state.active?.intercepted.protocol(original) === 'tcp';
}
