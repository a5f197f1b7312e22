import type { VirtualHost } from './route.ts';
import { check } from './shape.ts';
import type { Snapshot } from './snapshot.ts';
import { SnapshotError } from './snapshot-error.ts';
import { snapshotShape } from './snapshot-shape.ts';

/**
 * The value as a Snapshot: every member of its type and within the limits, no unknown ones, and every cluster
 * that is named exists once. Throws E_READER_OLD for a newer format, E_FORMAT for the rest.
 */
export function validateSnapshot(value: unknown): Snapshot {
  refuseNewer(value);
  const snapshot = check(snapshotShape, value, 'snapshot');
  const clusters = clusterNames(snapshot);
  for (const name of references(snapshot)) {
    if (!clusters.has(name))
      throw new SnapshotError('E_FORMAT', `snapshot: no cluster ${JSON.stringify(name)}`);
  }
  return snapshot;
}

/** The services whose endpoints come from the registry, each once. */
export function registryServices(snapshot: Snapshot): string[] {
  const clusters = snapshot.clusters.filter(({ discovery }) => discovery.kind === 'registry');
  return [...new Set(clusters.map(({ service }) => service))];
}

function refuseNewer(value: unknown): void {
  if (typeof value !== 'object' || value === null || !('format' in value)) return;
  const { format } = value;
  if (typeof format === 'number' && format > 1)
    throw new SnapshotError('E_READER_OLD', `snapshot format ${format}`);
}

function clusterNames(snapshot: Snapshot): Set<string> {
  const names = new Set<string>();
  for (const { name } of snapshot.clusters) {
    if (names.has(name))
      throw new SnapshotError('E_FORMAT', `snapshot: cluster ${JSON.stringify(name)} twice`);
    names.add(name);
  }
  return names;
}

function* references(snapshot: Snapshot): Generator<string> {
  for (const { cluster } of snapshot.inbound) yield cluster;
  for (const { virtualHosts } of snapshot.outbound) yield* destinations(virtualHosts);
  yield* destinations(snapshot.gateway?.virtualHosts ?? []);
  for (const server of snapshot.gateway?.servers ?? []) {
    if ('virtualHosts' in server) yield* destinations(server.virtualHosts);
    else for (const route of server.tcpRoutes) yield* route.destinations.map(({ cluster }) => cluster);
  }
}

function* destinations(virtualHosts: readonly VirtualHost[]): Generator<string> {
  for (const { routes } of virtualHosts) {
    for (const { action } of routes) {
      if (action.kind !== 'forward') continue;
      for (const { cluster } of action.destinations) yield cluster;
    }
  }
}
