import { TokenIssuer } from '../../src/identity/attest/token-issuer.ts';
import { type AllowedHosts, keyAddressProblem } from '../../src/identity/jwt/key-address.ts';
import { KeySet } from '../../src/identity/jwt/key-set.ts';
import {
  type FetchDocument,
  inlineKeys,
  RemoteKeys,
  type TokenKeys,
} from '../../src/identity/jwt/remote-keys.ts';
import type { Clock, Log } from '../../src/runtime/ports.ts';
import type { AttestorFile, IssuerEntry } from './attestor-file.ts';
import { limitsOf } from './attestors.ts';
import { impliedConditions } from './shared-issuers.ts';

/** How long a source of keys may take, ms. */
const TIMEOUT_MS = 5000;

export interface TokenIssuersParts {
  readonly fetch: FetchDocument;
  /** Hosts that keys may come from although they are not public. */
  readonly allowed: AllowedHosts;
  /** The text of a file that the policies name. */
  readonly readFile: (path: string) => string;
  readonly clock: Clock;
  readonly log: Log;
}

/** The issuers of a file with their keys. Throws what no key can come from. */
export function tokenIssuers({ issuers }: AttestorFile, parts: TokenIssuersParts): readonly TokenIssuer[] {
  return issuers.map((entry) => {
    const { name, issuer, audiences, maxTokenLife, once, rules } = entry;
    const policy = {
      name,
      issuer,
      audiences,
      once,
      maxTokenLifeMs: maxTokenLife,
      rules: rules.map(({ when, namespace, serviceAccount, ...limits }) => ({
        when: [...when, ...impliedConditions(issuer, when)],
        namespace,
        serviceAccount,
        limits: limitsOf(limits),
      })),
    };
    return new TokenIssuer(policy, keysOf(entry, parts));
  });
}

function keysOf(entry: IssuerEntry, parts: TokenIssuersParts): TokenKeys {
  const { name, issuer, jwks, jwksFile, jwksUri } = entry;
  if (jwks !== undefined) return fixedKeys(jwks, name);
  if (jwksFile !== undefined) return fixedKeys(parts.readFile(jwksFile), `${name}: ${jwksFile}`);
  const { fetch, clock, log, allowed } = parts;
  const problem = keyAddressProblem(jwksUri ?? issuer, allowed);
  if (problem !== undefined)
    throw new Error(`issuer ${name}: ${jwksUri ?? issuer} ${problem} (WEFT_JWKS_HOSTS names hosts that are)`);
  return new RemoteKeys({
    source: jwksUri === undefined ? { issuer } : { uri: jwksUri },
    timeoutMs: TIMEOUT_MS,
    fetch,
    clock,
    onFailure: (uri, error) =>
      log.warn('keys of an issuer not received', { name, uri, error: String(error) }),
  });
}

/** Public keys only: whoever holds a secret to verify with could sign as well. */
function fixedKeys(text: string, what: string): TokenKeys {
  if ((KeySet.parse(text, false)?.size ?? 0) === 0)
    throw new Error(`issuer ${what} has no usable public key in its key set`);
  return inlineKeys(text);
}
