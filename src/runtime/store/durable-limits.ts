import type { RateLimitStore, TokenRate, TokenTake } from '../ports.ts';

/** Cloudflare's `DurableObjectNamespace`, as far as it is used. */
export interface DurableNamespace<Id = unknown> {
  idFromName(name: string): Id;
  get(id: Id): { fetch(input: string, init: RequestInit): Promise<Response> };
}

/** Buckets that are Durable Objects, one each: the same for every isolate everywhere. */
export class DurableLimits implements RateLimitStore {
  readonly #namespace: DurableNamespace;

  constructor(namespace: DurableNamespace) {
    this.#namespace = namespace;
  }

  async take(bucket: string, rate: TokenRate): Promise<TokenTake> {
    const object = this.#namespace.get(this.#namespace.idFromName(bucket));
    const init = { method: 'POST', body: JSON.stringify(rate) };
    const response = await object.fetch('https://limit.internal/take', init);
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new Error(`the Durable Object answered ${response.status}`);
    }
    const { granted, fullInMs } = Object(await response.json()) as Partial<TokenTake>;
    if (typeof granted !== 'boolean' || typeof fullInMs !== 'number')
      throw new Error('the Durable Object answered something else');
    return { granted, fullInMs };
  }
}
