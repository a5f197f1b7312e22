/** Label pairs sorted by key, as snapshots carry them. */
export type LabelPairs = readonly (readonly [key: string, value: string])[];

/** Pairs of a label map, sorted by key. */
export function labelPairs(labels: ReadonlyMap<string, string> | undefined): LabelPairs {
  return [...(labels ?? [])].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

/** Whether a workload with `labels` carries every label of `selector`; an absent or empty one selects all. */
export function selects(selector: ReadonlyMap<string, string> | undefined, labels: LabelPairs): boolean {
  if (selector === undefined) return true;
  // Asked for every pair of service and workload of a namespace: no arrays.
  for (const [key, value] of selector) if (!carries(labels, key, value)) return false;
  return true;
}

function carries(labels: LabelPairs, key: string, value: string): boolean {
  for (const pair of labels) if (pair[0] === key) return pair[1] === value;
  return false;
}
