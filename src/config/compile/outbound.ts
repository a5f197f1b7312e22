import type { VirtualHost } from '../../snapshot/route.ts';
import type { OutboundListener } from '../../snapshot/snapshot.ts';
import type { Scope } from './scope.ts';
import { meshVirtualHosts } from './virtual-hosts.ts';

/** One listener per service port in reach of a sidecar, sorted by port; its virtual hosts sorted by name. */
export function outboundListeners(scope: Scope): OutboundListener[] {
  if (scope.target.kind === 'gateway') return [];
  const byPort = new Map<number, VirtualHost[]>();
  for (const { port, virtualHost } of meshVirtualHosts(scope)) {
    byPort.set(port, [...(byPort.get(port) ?? []), virtualHost]);
  }
  return [...byPort]
    .sort(([a], [b]) => a - b)
    .map(([port, hosts]) => ({ port, virtualHosts: hosts.sort((a, b) => (a.name < b.name ? -1 : 1)) }));
}
