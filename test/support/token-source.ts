import type { FetchDocument } from '../../src/identity/jwt/remote-keys.ts';
import { TokenAuthenticator } from '../../src/proxy/token-authenticator.ts';

const quiet = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Judges tokens of a mesh of functions at a time that stands still; keys by URI come from `fetch`. */
export function tokenSource(now: () => number, fetch: FetchDocument = nowhere): TokenAuthenticator {
  // Nobody is late where time stands still.
  const clock = { now, sleep: () => new Promise<void>(() => undefined) };
  return new TokenAuthenticator({ fetch, clock, log: quiet });
}

const nowhere: FetchDocument = (uri) => Promise.reject(new Error(`nobody is at ${uri}`));
