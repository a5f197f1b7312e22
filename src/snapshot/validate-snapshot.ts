import { check } from './shape.ts';
import type { Snapshot } from './snapshot.ts';
import { SnapshotError } from './snapshot-error.ts';
import { snapshotShape } from './snapshot-shape.ts';

/**
 * The value as a Snapshot: every member of its type and within the limits, no unknown ones, no cluster twice, and
 * each inbound listener with its application. A route may name a cluster that is not there: it answers 503 NC, as
 * in Istio, and does not hold up the rest. Throws E_READER_OLD for a newer format, E_FORMAT for the rest.
 */
export function validateSnapshot(value: unknown): Snapshot {
  refuseNewer(value);
  const snapshot = check(snapshotShape, value, 'snapshot');
  const clusters = clusterNames(snapshot);
  for (const { cluster } of snapshot.inbound) {
    if (!clusters.has(cluster))
      throw new SnapshotError('E_FORMAT', `snapshot: no cluster ${JSON.stringify(cluster)}`);
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
