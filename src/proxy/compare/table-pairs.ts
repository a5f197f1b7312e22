import { buildHostIndex, type HostIndex } from '../../match/host-match.ts';
import type { VirtualHost } from '../../snapshot/route.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';

/** The virtual hosts of one host in two snapshots of one target, where they are not the same. */
export interface TablePair {
  /** As a client writes it, with the port where it is a service's. */
  readonly authority: string;
  readonly scheme: 'http' | 'https';
  readonly before: VirtualHost | undefined;
  readonly after: VirtualHost | undefined;
  /** The same for the same pair, whatever the target. */
  readonly key: string;
}

/**
 * Every host whose routes are not the same; of several names for one pair the first. `servers`: a gateway is asked by
 * the ports of its servers, because it opens them itself.
 */
export function tablePairs(before: Snapshot, after: Snapshot, servers: boolean): TablePair[] {
  const [was, is] = [tablesOf(before, servers), tablesOf(after, servers)];
  const signatures = [signatureOf(before), signatureOf(after)] as const;
  const pairs = [...new Set([...was.keys(), ...is.keys()])].flatMap((place) =>
    placePairs(place, was.get(place) ?? [], is.get(place) ?? [], signatures),
  );
  return [...new Map(pairs.map((pair) => [pair.key, pair])).values()];
}

/** Virtual hosts by scheme and port: `http 9080`. The Worker has no port of its own, and stands on 80. */
function tablesOf({ gateway, outbound }: Snapshot, servers: boolean): Map<string, readonly VirtualHost[]> {
  const tables = new Map(outbound.map(({ port, virtualHosts }) => [`http ${port}`, virtualHosts]));
  if (gateway !== undefined && !servers) tables.set('http 80', gateway.virtualHosts);
  for (const server of servers ? (gateway?.servers ?? []) : []) {
    if (!('virtualHosts' in server)) continue;
    const place = `${server.protocol === 'HTTPS' ? 'https' : 'http'} ${server.port}`;
    tables.set(place, [...(tables.get(place) ?? []), ...server.virtualHosts]);
  }
  return tables;
}

function placePairs(
  place: string,
  before: readonly VirtualHost[],
  after: readonly VirtualHost[],
  [signOld, signNew]: readonly [Signature, Signature],
): TablePair[] {
  const [scheme, port] = place.split(' ');
  const standard = place === 'http 80' || place === 'https 443';
  const hosts = [...new Set([...before, ...after].flatMap(({ domains }) => domains.map(hostOf)))];
  const [was, is] = [indexOf(before), indexOf(after)];
  return hosts.flatMap((host) => {
    const [old, now] = [was.find(host)?.value, is.find(host)?.value];
    const [left, right] = [signOld(old), signNew(now)];
    if (left === right) return [];
    const pair: TablePair = {
      authority: standard ? host : `${host}:${port}`,
      scheme: scheme === 'https' ? 'https' : 'http',
      before: old,
      after: now,
      key: `${place} ${left} ${right}`,
    };
    return [pair];
  });
}

function indexOf(virtualHosts: readonly VirtualHost[]): HostIndex<VirtualHost> {
  return buildHostIndex(virtualHosts.map((value) => ({ domains: value.domains, value })));
}

/** A host that the domain means. */
function hostOf(domain: string): string {
  return domain === '*' ? 'any.example' : domain.replace(/^\*/, 'any');
}

type Signature = (host: VirtualHost | undefined) => string;

/** Writes out routes, and which of their clusters are missing; each virtual host once. */
function signatureOf({ clusters }: Snapshot): Signature {
  const known = new Set(clusters.map(({ name }) => name));
  const signed = new Map<VirtualHost, string>();
  return (host) => {
    if (host === undefined) return '';
    const earlier = signed.get(host);
    if (earlier !== undefined) return earlier;
    const named = host.routes.flatMap(({ action }) =>
      action.kind === 'forward' ? action.destinations.map(({ cluster }) => cluster) : [],
    );
    const text = JSON.stringify([host.routes, named.filter((name) => !known.has(name))]);
    signed.set(host, text);
    return text;
  };
}
