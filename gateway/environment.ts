import type { DurableNamespace } from '../src/runtime/store/durable-limits.ts';
import type { KVNamespace } from '../src/runtime/store/kv.ts';

/** The bindings and variables of `wrangler.toml`. */
export interface Environment {
  readonly WEFT_CONFIG: KVNamespace;
  readonly WEFT_TARGET: string;
  readonly WEFT_MESH: string;
  readonly WEFT_SIGNING_KEYS: string;
  readonly WEFT_MINIMUM_REVISION: string;
  readonly WEFT_POLL_MS: string;
  /** `cloudflare`: the edge writes `cf-connecting-ip` and `request.cf`, so they are believed. Anything else: not. */
  readonly WEFT_EDGE?: string;
  /** `1` adds `x-weft-*` response headers that name the route and the revision. */
  readonly WEFT_DEBUG?: string;
  /** `text` or `json` writes a line on the console for every request; absent or `off` writes none. */
  readonly WEFT_ACCESS_LOG?: string;
  /** A percentage lets the gateway take part in traces and begin them; absent, contexts pass untouched. */
  readonly WEFT_TRACE_SAMPLING?: string;
  /** Hosts like `keys.internal:8443` that keys of tokens may come from although they are not public or not https. */
  readonly WEFT_JWKS_HOSTS?: string;
  /** Counts limits of scope global; absent = nobody does. */
  readonly WEFT_LIMITS?: DurableNamespace;
  /** Limits that rate-limit bindings count, `shop/api/per-client=API_LIMITER,…`. */
  readonly WEFT_LIMIT_BINDINGS?: string;
  /**
   * Secret: the PKCS#8 of an Ed25519 key, base64, whose public half control has certified. With it requests to sidecars
   * that have an edge listener are signed; without it they go in plaintext.
   */
  readonly WEFT_PROOF_KEY?: string;
  /** Demanded as a bearer token by the admin pages; without it they are closed. */
  readonly WEFT_ADMIN_TOKEN?: string;
}

/** Cloudflare's `ExecutionContext`, as far as the gateway uses it. */
export interface ExecutionContext {
  waitUntil(promise: Promise<unknown>): void;
}

/** A variable that must be a whole number; one that is not would switch off what it limits. Throws. */
export function wholeNumber(
  environment: Environment,
  name: 'WEFT_MINIMUM_REVISION' | 'WEFT_POLL_MS',
): number {
  const text = String(environment[name]);
  if (!/^\d{1,15}$/.test(text)) throw new Error(`${name} is "${text}", not a whole number`);
  return Number(text);
}
