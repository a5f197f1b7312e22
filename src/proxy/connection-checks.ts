import type { Cancellation } from '../runtime/ports.ts';
import type { ActiveSnapshot } from './activate.ts';
import type { CheckAnswer } from './decide/answers.ts';
import type { Connection } from './decide/connection.ts';
import type { AskCheck } from './decide/decision.ts';
import { askAuthorizer } from './forward/ask-authorizer.ts';
import type { ForwardDeps } from './forward/forward-deps.ts';

/** Asks an authorizer about a connection whose bytes nobody reads. Never rejects. */
export type CheckConnection = (
  ask: AskCheck,
  connection: Connection,
  signal: Cancellation,
  active: ActiveSnapshot,
) => Promise<CheckAnswer>;

/**
 * Checks of connections go as checks of requests do: a GET of `/` that, where it is configured to be told, says in
 * `x-forwarded-client-cert` who is connected.
 */
export function connectionChecks<Body>(
  deps: Omit<ForwardDeps<Body>, 'clusters' | 'metadata' | 'onOutcome'>,
): CheckConnection {
  return (ask, connection, signal, { clusters, metadata }) =>
    askAuthorizer(ask, { connection, body: undefined, signal }, { ...deps, clusters, metadata });
}
