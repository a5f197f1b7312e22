import type { Authority } from '../../http/authority.ts';
import { buildHostIndex, type HostIndex } from '../../match/host-match.ts';
import type { Cluster } from '../../snapshot/cluster.ts';
import type { Target } from '../../snapshot/target.ts';
import type { Decision } from './decision.ts';
import { localReply } from './reply.ts';
import type { Trace } from './trace.ts';

/** Decides where a CONNECT of the local application leads: to a cluster, or nowhere. */
export type DecideTunnel = (authority: Authority, trace?: Trace) => Decision;

const blockAll = localReply(502, '-', 'block_all');
const noPort = localReply(400, 'DPE', 'connect_without_port');
const SERVICE_DOMAIN = '.svc.cluster.local';

/**
 * Compiles the ports of services in reach by host and port. `undeclared` is the cluster of hosts that nobody
 * declared (outboundTrafficPolicy ALLOW_ANY); without it they are refused.
 */
export function compileTunnels(
  clusters: ReadonlyMap<string, Cluster>,
  target: Target,
  undeclared: string | undefined,
): DecideTunnel {
  const ports = indexPorts(clusters, target);
  return ({ host, port }, trace) => {
    if (port === undefined) return noPort;
    const cluster = ports.get(port)?.find(host)?.value ?? undeclared;
    trace?.add({
      step: 'route',
      verdict: cluster === undefined ? 'deny' : 'match',
      text: cluster === undefined ? `REGISTRY_ONLY: nobody declared ${host}:${port}` : `to ${cluster}`,
    });
    return cluster === undefined ? blockAll : forwardTo(cluster);
  };
}

function indexPorts(
  clusters: ReadonlyMap<string, Cluster>,
  target: Target,
): ReadonlyMap<number, HostIndex<string>> {
  const entries = new Map<number, { domains: string[]; value: string }[]>();
  for (const { name, service, port, subset } of clusters.values()) {
    if (service === '' || subset !== '') continue;
    const ofPort = entries.get(port) ?? [];
    ofPort.push({ domains: [service], value: name });
    entries.set(port, ofPort);
  }
  // Full names first: of two that could mean the same, an alias gives way.
  for (const ofPort of entries.values()) {
    ofPort.push(
      ...ofPort.map(({ domains, value }) => ({ domains: domains.flatMap((d) => aliases(d, target)), value })),
    );
  }
  return new Map([...entries].map(([port, ofPort]) => [port, buildHostIndex(ofPort)]));
}

/** The shorter names that Kubernetes' search path makes of a service's. */
function aliases(service: string, target: Target): string[] {
  if (!service.endsWith(SERVICE_DOMAIN)) return [];
  const short = service.slice(0, -SERVICE_DOMAIN.length);
  const dot = short.indexOf('.');
  const local = dot > 0 && short.slice(dot + 1) === target.namespace ? [short.slice(0, dot)] : [];
  return [`${short}.svc`, short, ...local];
}

function forwardTo(cluster: string): Decision {
  return {
    kind: 'forward',
    cluster,
    route: '',
    requestEdits: [],
    responseEdits: [],
    timeoutMs: 0,
    retry: undefined,
  };
}
