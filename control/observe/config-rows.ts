import type { ReportedCertificate } from '../../src/proxy/telemetry/report.ts';
import type { Cluster } from '../../src/snapshot/cluster.ts';
import type { Endpoint, EndpointRecord } from '../../src/snapshot/endpoint.ts';
import type { Policy } from '../../src/snapshot/policy.ts';
import type { VirtualHost } from '../../src/snapshot/route.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import { matchText, routeText } from './route-text.ts';

/** The parts of a proxy's configuration, by istioctl's names. */
export const configParts = ['route', 'cluster', 'endpoint', 'secret', 'listener', 'policy'] as const;

export type ConfigPart = (typeof configParts)[number];

/** A line of a table; its keys are the headers. */
export type ConfigRow = Readonly<Record<string, string | number>>;

/** What the rows are made of. */
export interface ConfigSources {
  readonly snapshot: Snapshot;
  /** Of the services that the snapshot's clusters name. */
  readonly records: readonly EndpointRecord[];
  readonly certificate: ReportedCertificate | undefined;
  /** `file:line` of a source key, or empty. */
  readonly place: (source: string) => string;
}

/** One part as a table. */
export function configRows(part: ConfigPart, sources: ConfigSources): ConfigRow[] {
  return tables[part](sources);
}

const tables: Readonly<Record<ConfigPart, (sources: ConfigSources) => ConfigRow[]>> = {
  route: routes,
  cluster: clusters,
  endpoint: endpoints,
  secret: secrets,
  listener: listeners,
  policy: policies,
};

function routes({ snapshot, place }: ConfigSources): ConfigRow[] {
  const hosts: (readonly [string, VirtualHost])[] = [
    ...snapshot.outbound.flatMap(({ port, virtualHosts }) =>
      virtualHosts.map((host) => [String(port), host] as const),
    ),
    ...gatewayHosts(snapshot),
  ];
  return hosts.flatMap(([port, host]) =>
    host.routes.map((route) => ({
      port,
      'virtual host': host.name,
      domains: domainsText(host.domains),
      match: route.matches.map(matchText).join(' or ') || '/*',
      route: routeText(route),
      from: place(route.source),
    })),
  );
}

/** The shortest names; the others are the same with more of the domain. */
function domainsText(domains: readonly string[]): string {
  const [first = '', second, ...others] = [...domains].sort((a, b) => a.length - b.length);
  const shown = second === undefined ? first : `${first}, ${second}`;
  return others.length === 0 ? shown : `${shown} + ${others.length} more`;
}

function gatewayHosts({ gateway }: Snapshot): (readonly [string, VirtualHost])[] {
  if (!gateway) return [];
  const opened = gateway.servers.flatMap((server) =>
    'virtualHosts' in server ? server.virtualHosts.map((host) => [String(server.port), host] as const) : [],
  );
  return opened.length > 0 ? opened : gateway.virtualHosts.map((host) => ['http', host] as const);
}

function clusters({ snapshot }: ConfigSources): ConfigRow[] {
  return snapshot.clusters.map((cluster) => ({
    service: cluster.service || '-',
    port: cluster.port,
    subset: cluster.subset || '-',
    direction: cluster.name.startsWith('inbound') ? 'inbound' : 'outbound',
    type: cluster.discovery.kind,
    balancer: cluster.balancer,
    tls: tlsText(cluster),
    protocol: cluster.protocol,
  }));
}

function tlsText({ tls }: Cluster): string {
  if (tls.mode === 'none') return '-';
  if (tls.mode === 'server') return `server ${tls.names.join(', ')}`;
  return tls.required ? 'mesh, required' : 'mesh';
}

function endpoints({ snapshot, records }: ConfigSources): ConfigRow[] {
  const byService = new Map(records.map(({ service, endpoints: list }) => [service, list]));
  return snapshot.clusters.flatMap((cluster) => {
    if (cluster.discovery.kind === 'static')
      return cluster.discovery.endpoints.map(({ address, port, weight }) =>
        endpointRow(`${address}:${port}`, '-', 'none', weight, cluster),
      );
    if (cluster.discovery.kind !== 'registry') return [];
    return (byService.get(cluster.service) ?? [])
      .filter((endpoint) => carries(endpoint, cluster))
      .map((endpoint) => registeredRow(endpoint, cluster));
  });
}

function carries({ labels }: Endpoint, cluster: Cluster): boolean {
  return cluster.labels.every(([name, value]) => labels.some(([key, own]) => key === name && own === value));
}

function registeredRow({ address, ports, workload, mesh, weight }: Endpoint, cluster: Cluster): ConfigRow {
  const port = ports.find(([service]) => service === cluster.port)?.[1] ?? 0;
  const secured = mesh && cluster.tls.mode === 'mesh' ? 'mutual tls' : 'none';
  return endpointRow(`${address}:${port}`, workload, secured, weight, cluster);
}

function endpointRow(
  endpoint: string,
  workload: string,
  tls: string,
  weight: number,
  { name }: Cluster,
): ConfigRow {
  return { endpoint, workload, tls, weight, cluster: name };
}

function secrets({ snapshot, certificate }: ConfigSources): ConfigRow[] {
  if (!certificate) return [];
  const { id, notBefore, notAfter } = certificate;
  const time = (ms: number) => new Date(ms).toISOString();
  return [
    {
      name: 'default',
      type: 'certificate chain',
      identity: id,
      'trust domain': snapshot.trustDomain,
      'not before': time(notBefore),
      'not after': time(notAfter),
    },
  ];
}

function listeners({ snapshot, place }: ConfigSources): ConfigRow[] {
  const inbound = snapshot.inbound.map((one) => ({
    direction: 'inbound',
    port: one.port,
    protocol: one.protocol,
    security: one.mtls,
    'leads to': one.servicePorts.map(({ service, port }) => `${service}:${port}`).join(',') || one.cluster,
    from: place(one.mtlsSource),
  }));
  const outbound = snapshot.outbound.map(({ port, virtualHosts }) => ({
    direction: 'outbound',
    port,
    protocol: 'http',
    security: '-',
    'leads to': `${virtualHosts.length} virtual hosts`,
    from: '',
  }));
  const servers = (snapshot.gateway?.servers ?? []).map((server) => ({
    direction: 'gateway',
    port: server.port,
    protocol: server.protocol,
    security: 'tls' in server ? server.tls.mode : '-',
    'leads to':
      'virtualHosts' in server
        ? `${server.virtualHosts.length} virtual hosts`
        : `${server.tcpRoutes.length} routes`,
    from: 'source' in server ? place(server.source) : '',
  }));
  return [...servers, ...inbound, ...outbound];
}

function policies({ snapshot, place }: ConfigSources): ConfigRow[] {
  const row = (port: string, policy: Policy): ConfigRow => ({
    port,
    name: policy.name,
    action: policy.action + (policy.dryRun ? ' (dry run)' : ''),
    rules: policy.rules.length,
    from: place(policy.source),
  });
  return [
    ...snapshot.inbound.flatMap(({ port, policies: list }) => list.map((one) => row(String(port), one))),
    ...(snapshot.gateway?.policies ?? []).map((one) => row('gateway', one)),
  ];
}
