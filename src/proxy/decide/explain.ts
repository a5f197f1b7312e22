import type { CanonicalRequest } from '../../http/message.ts';
import type { Connection } from './connection.ts';
import type { Decision, Inputs } from './decision.ts';
import type { Trace, TraceEntry } from './trace.ts';

/** A decision, how it came about, and every cluster with a weight that its route could have chosen. */
export interface Explanation {
  readonly decision: Decision;
  readonly entries: readonly TraceEntry[];
  readonly destinations: readonly { readonly cluster: string; readonly weight: number }[];
}

/** The part of an active snapshot that decides. */
export interface Decider {
  decide(request: CanonicalRequest, connection: Connection, inputs: Inputs, trace?: Trace): Decision;
}

/** Decides as the data path does, and tells why; `brief` leaves out what only came near. */
export function explain(
  active: Decider,
  request: CanonicalRequest,
  connection: Connection,
  inputs: Inputs,
  brief = false,
): Explanation {
  const entries: TraceEntry[] = [];
  const trace = { brief, add: (entry: TraceEntry) => void entries.push(entry) };
  const decision = active.decide(request, connection, inputs, trace);
  return { decision, entries, destinations: entries.flatMap((entry) => entry.destinations ?? []) };
}
