import { HeaderList } from '../http/header-list.ts';
import type { Log } from '../runtime/ports.ts';
import type { ActiveSnapshot } from './activate.ts';
import type { CheckConnection } from './connection-checks.ts';
import type { CheckAnswer } from './decide/answers.ts';
import type { Connection } from './decide/connection.ts';
import type { Decision, Inputs } from './decide/decision.ts';
import type { ConnectionHandler, RawArrival } from './exchange.ts';
import { type ConnectionDeps, closedOutcome, forwardConnection } from './forward/forward-connection.ts';
import { learn, unansweredDetails } from './learn.ts';

/** What a proxy serves raw connections with. */
export interface ServeConnectionDeps<Body> extends ConnectionDeps<Body> {
  /** The snapshot in force; undefined while there is none. */
  readonly active: () => ActiveSnapshot | undefined;
  readonly log: Log;
  /** Absent = authorizers cannot be asked here, and what they must judge is closed. */
  readonly check?: CheckConnection;
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
    if (now === undefined) return true;
    // An authorizer has judged it when it came.
    const inputs = { ...inputsOf({ clock, random }), answers: { checks: { get: () => judgedBefore } } };
    return now.decideConnection(connection, inputs).kind === 'forward';
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
  const decision = active && (await decided(active, arrival, inputs, deps));
  if (active === undefined || decision?.kind !== 'forward') {
    const flag = decision?.kind === 'reply' ? decision.flag : '-';
    const details = detailsOf(decision);
    deps.onConnection?.(closedOutcome(flag, details, inputs.now), arrival.connection);
    return undefined;
  }
  const opened = await forwardConnection(decision, active.clusters, '', arrival, deps);
  return opened.kind === 'opened' ? opened.body : undefined;
}

const judgedBefore: CheckAnswer = { kind: 'answered', status: 200, headers: new HeaderList(), body: '' };

/** Authorizers that one connection may ask. */
const MAX_ASKS = 8;

async function decided<Body>(
  active: ActiveSnapshot,
  { connection, signal }: RawArrival<Body>,
  inputs: Inputs,
  { check }: ServeConnectionDeps<Body>,
): Promise<Decision> {
  let decision = active.decideConnection(connection, inputs);
  let answers: Inputs['answers'];
  for (let asks = 0; asks < MAX_ASKS && decision.kind === 'ask' && check !== undefined; asks++) {
    const unknown = { resolve: async () => false };
    answers = await learn(decision, answers, unknown, (ask) => check(ask, connection, signal, active));
    if (answers === undefined) break;
    decision = active.decideConnection(connection, { ...inputs, answers });
  }
  return decision;
}

function detailsOf(decision: Decision | undefined): string {
  if (decision === undefined || decision.kind === 'forward') return 'no_snapshot';
  return decision.kind === 'reply' ? decision.details : unansweredDetails(decision);
}
