/** A Worker that takes tokens as its tests ask: by the Durable Object of the gateway, or by a rate-limit binding. */

import type { TokenRate } from '../../src/runtime/ports.ts';
import { BoundLimits, parseLimitBindings } from '../../src/runtime/store/bound-limits.ts';
import { DurableLimits, type DurableNamespace } from '../../src/runtime/store/durable-limits.ts';

interface Environment {
  readonly WEFT_LIMITS: DurableNamespace;
  readonly WEFT_LIMIT_BINDINGS: string;
}

export { RateLimitObject } from '../../gateway/rate-limit-object.ts';

export default {
  async fetch(request: Request, environment: Environment): Promise<Response> {
    if (request.method !== 'POST') return new Response('ready');
    const { bucket, rate } = (await request.json()) as { bucket: string; rate: TokenRate };
    const bindings = parseLimitBindings(environment.WEFT_LIMIT_BINDINGS, environment);
    const store = new BoundLimits(bindings, new DurableLimits(environment.WEFT_LIMITS));
    return Response.json(await store.take(bucket, rate));
  },
};
