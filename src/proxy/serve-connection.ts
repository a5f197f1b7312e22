import type { Log } from '../runtime/ports.ts';
import type { ActiveSnapshot } from './activate.ts';
import type { Connection } from './decide/connection.ts';
import type { Inputs } from './decide/decision.ts';
import type { ConnectionHandler, RawArrival } from './exchange.ts';
import { type ConnectionDeps, closedOutcome, forwardConnection } from './forward/forward-connection.ts';

/** What a proxy serves raw connections with. */
export interface ServeConnectionDeps<Body> extends ConnectionDeps<Body> {
  /** The snapshot in force; undefined while there is none. */
  readonly active: () => ActiveSnapshot | undefined;
  readonly log: Log;
}

/**
 * Inbound TCP as a function: decide on the connection → close it, or pass its bytes to the application.
 * Without a snapshot everything is closed. Never rejects.
 */
export function serveConnection<Body>(deps: ServeConnectionDeps<Body>): ConnectionHandler<Body> {
  return async (arrival) => {
    try {
      return await answer(arrival, deps);
    } catch (error) {
      deps.log.error('connection failed', { error: String(error) });
      return undefined;
    }
  };
}

/** Whether a connection that was let through would still be under the snapshot of now; without one it stays. */
export function keepsConnection({
  active,
  clock,
  random,
}: Pick<ServeConnectionDeps<unknown>, 'active' | 'clock' | 'random'>): (connection: Connection) => boolean {
  return (connection) => {
    const now = active();
    return (
      now === undefined || now.decideConnection(connection, inputsOf({ clock, random })).kind === 'forward'
    );
  };
}

function inputsOf({ clock, random }: Pick<ServeConnectionDeps<unknown>, 'clock' | 'random'>): Inputs {
  return { now: clock.now(), draw: () => random.unit(), bytes: (length) => random.bytes(length) };
}

async function answer<Body>(
  arrival: RawArrival<Body>,
  deps: ServeConnectionDeps<Body>,
): Promise<Body | undefined> {
  const active = deps.active();
  const inputs = inputsOf(deps);
  const decision = active?.decideConnection(arrival.connection, inputs);
  if (active === undefined || decision?.kind !== 'forward') {
    const flag = decision?.kind === 'reply' ? decision.flag : '-';
    const details = decision?.kind === 'reply' ? decision.details : 'no_snapshot';
    deps.onConnection?.(closedOutcome(flag, details, inputs.now), arrival.connection);
    return undefined;
  }
  const opened = await forwardConnection(decision, active.clusters, '', arrival, deps);
  return opened.kind === 'opened' ? opened.body : undefined;
}
