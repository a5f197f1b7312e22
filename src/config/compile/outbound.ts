import type { VirtualHost } from '../../snapshot/route.ts';
import type { OutboundListener } from '../../snapshot/snapshot.ts';
import { groupBy } from './group-by.ts';
import type { Scope } from './scope.ts';
import { meshVirtualHosts } from './virtual-hosts.ts';

/** One listener per service port in reach of a sidecar, sorted by port; its virtual hosts sorted by name. */
export function outboundListeners(scope: Scope): OutboundListener[] {
  if (scope.target.kind === 'gateway') return [];
  return [...groupBy(meshVirtualHosts(scope), ({ port }) => port)]
    .sort(([a], [b]) => a - b)
    .map(([port, hosts]) => ({
      port,
      virtualHosts: hosts.map(({ virtualHost }) => virtualHost).sort(byName),
    }));
}

function byName(a: VirtualHost, b: VirtualHost): number {
  return a.name < b.name ? -1 : 1;
}
