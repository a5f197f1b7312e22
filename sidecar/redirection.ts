import type { Connection } from '../src/proxy/decide/connection.ts';
import type { Log } from '../src/runtime/ports.ts';
import {
  originalDestinations,
  type TellOriginalDestination,
} from '../src/runtime/sockets/original-destination.ts';

/** What a sidecar knows of connections that the kernel redirects to it. */
export interface Redirection {
  /** Undefined where the runtime cannot tell. */
  readonly original: TellOriginalDestination | undefined;
  /** Whether a connection to the outbound port needs no credential. */
  isTrusted(connection: Connection): boolean;
}

/**
 * Undefined unless the sidecar was started for interception. A runtime that cannot tell original destinations leaves HTTP to
 * be routed by Host, and then nobody can say who was redirected: the network namespace vouches for all.
 */
export async function openRedirection(
  { interception }: { readonly interception: boolean },
  log: Log,
): Promise<Redirection | undefined> {
  if (!interception) return undefined;
  const original = await originalDestinations();
  if (original !== undefined)
    return { original, isTrusted: (connection) => connection.original !== undefined };
  log.warn('this runtime does not tell original destinations: only HTTP is intercepted, by its Host');
  return { original, isTrusted: () => true };
}
