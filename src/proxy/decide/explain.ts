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

/** Decides as the data path does, and tells why. */
export function explain(
  active: Decider,
  request: CanonicalRequest,
  connection: Connection,
  inputs: Inputs,
): Explanation {
  const entries: TraceEntry[] = [];
  const decision = active.decide(request, connection, inputs, { add: (entry) => entries.push(entry) });
  return { decision, entries, destinations: entries.flatMap((entry) => entry.destinations ?? []) };
}
