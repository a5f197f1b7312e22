import type { RateLimitStore, TokenRate, TokenTake } from '../ports.ts';

/** Cloudflare's rate-limit binding (`[[ratelimits]]`), which has a limit of its own and counts by location. */
export interface RateLimitBinding {
  limit(options: { readonly key: string }): Promise<{ readonly success: boolean }>;
}

/**
 * Limits that a binding counts, by their ids, and others that `rest` does. A binding counts by its own limit and period,
 * and tells neither what is left nor when there is more.
 */
export class BoundLimits implements RateLimitStore {
  readonly #bindings: ReadonlyMap<string, RateLimitBinding>;
  readonly #rest: RateLimitStore | undefined;

  constructor(bindings: ReadonlyMap<string, RateLimitBinding>, rest: RateLimitStore | undefined) {
    this.#bindings = bindings;
    this.#rest = rest;
  }

  async take(bucket: string, rate: TokenRate): Promise<TokenTake> {
    const binding = this.#bindings.get(bucket.slice(0, bucket.lastIndexOf('/')));
    if (binding !== undefined) {
      const { success } = await binding.limit({ key: bucket });
      return { granted: success, fullInMs: success ? 0 : rate.burst * rate.intervalMs };
    }
    if (this.#rest === undefined) throw new Error('no store for global limits is configured');
    return this.#rest.take(bucket, rate);
  }
}

/** Reads `shop/api/per-client=API_LIMITER,…`: limits and the names of their bindings. Throws when one is none. */
export function parseLimitBindings(
  text: string | undefined,
  environment: object,
): ReadonlyMap<string, RateLimitBinding> {
  const pairs = (text ?? '').split(',').filter((pair) => pair.trim() !== '');
  return new Map(
    pairs.map((pair) => {
      const [limit = '', name = ''] = pair.split('=', 2).map((part) => part.trim());
      const binding: unknown = Object.getOwnPropertyDescriptor(environment, name)?.value;
      if (!isBinding(binding)) throw new Error(`${name} is no rate-limit binding of this Worker`);
      return [limit, binding];
    }),
  );
}

function isBinding(value: unknown): value is RateLimitBinding {
  return typeof value === 'object' && value !== null && 'limit' in value && typeof value.limit === 'function';
}
