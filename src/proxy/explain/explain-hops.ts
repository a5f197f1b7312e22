import type { CanonicalRequest } from '../../http/message.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import { targetName } from '../../snapshot/target.ts';
import type { Connection } from '../decide/connection.ts';
import type { Inputs } from '../decide/decision.ts';
import { type Explanation, explain } from '../decide/explain.ts';
import { type Assumptions, MeshPath, type Stop } from './mesh-path.ts';

/** One proxy on the way of a request, and what it decided. */
export interface Hop extends Explanation {
  /** Target name of the proxy. */
  readonly proxy: string;
  readonly direction: Connection['direction'];
  readonly request: CanonicalRequest;
}

/** Explaining spends nothing and repeats itself: chance always draws the same. */
const inputs: Inputs = { now: 0, draw: () => 0.5, bytes: (length) => new Uint8Array(length) };

/** The proxy that the request meets first, and then every proxy that it may be sent to. */
export function explainHops(
  request: CanonicalRequest,
  caller: Snapshot,
  snapshots: ReadonlyMap<string, Snapshot>,
  assumed: Assumptions = {},
): Hop[] {
  const path = new MeshPath(snapshots.values(), assumed.gateway);
  return explainFrom(path, path.entrance(request, caller, assumed), assumed);
}

/** A stop, and every stop behind it; `brief` leaves out what only came near. */
export function explainFrom(path: MeshPath, stop: Stop, assumed: Assumptions = {}, brief = false): Hop[] {
  const first = explainAt(stop, brief);
  const { decision, destinations } = first;
  if (decision.kind !== 'forward' || stop.connection.direction === 'inbound') return [first];
  const clusters = [...new Set(destinations.map(({ cluster }) => cluster))];
  const reached = clusters.flatMap((name) => path.arrivals(stop, decision.requestEdits, name, assumed));
  return [first, ...reached.map((next) => explainAt(next, brief))];
}

function explainAt({ active, request, connection, answers }: Stop, brief: boolean): Hop {
  const explanation = explain(active, request, connection, { ...inputs, answers }, brief);
  const { direction } = connection;
  return { ...explanation, proxy: targetName(active.snapshot.target), direction, request };
}
