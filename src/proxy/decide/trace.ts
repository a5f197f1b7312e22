/** Hears every step of a decision. Absent on the hot path. */
export interface Trace {
  /** Wants to hear what decided, and not what came near; absent = everything. */
  readonly brief?: boolean;
  add(entry: TraceEntry): void;
}

export interface TraceEntry {
  /** The step of the chain: `accept`, `canonicalise`, `authorise`, `route`, … */
  readonly step: string;
  readonly verdict: 'pass' | 'match' | 'miss' | 'deny' | 'skip';
  readonly text: string;
  /** Source key of the YAML behind it. */
  readonly source?: string;
  /** Every cluster that the route could have chosen, in the step `destination`. */
  readonly destinations?: readonly { readonly cluster: string; readonly weight: number }[];
}
