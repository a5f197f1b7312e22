/** Label pairs sorted by key, as snapshots carry them. */
export type LabelPairs = readonly (readonly [key: string, value: string])[];

/** Pairs of a label map, sorted by key. */
export function labelPairs(labels: ReadonlyMap<string, string> | undefined): LabelPairs {
  return [...(labels ?? [])].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

/** Whether a workload with `labels` carries every label of `selector`; an absent or empty one selects all. */
export function selects(selector: ReadonlyMap<string, string> | undefined, labels: LabelPairs): boolean {
  return [...(selector ?? [])].every(([key, value]) => labels.some(([k, v]) => k === key && v === value));
}
