import type * as z from 'zod';

/** The part of `fetch` that the services need: GET, text back. */
export type Fetch = (
  url: string,
  init: { readonly headers: Headers; readonly signal: AbortSignal; readonly redirect: 'manual' },
) => Promise<Response>;

/** What a call to another service came to. `status` is the upstream's own, or 502 or 504 where none arrived. */
export type Answer<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly status: number; readonly reason: string };

export interface Call<Value> {
  readonly url: string;
  readonly shape: z.ZodType<Value>;
  readonly headers: Headers;
  readonly timeoutMs: number;
}

/**
 * GETs JSON of a known shape; never throws. There are no retries here: those belong to the mesh, which knows
 * the other instances.
 */
export async function call<Value>(fetch: Fetch, request: Call<Value>): Promise<Answer<Value>> {
  const { url, shape, headers, timeoutMs } = request;
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(url, { headers, signal, redirect: 'manual' });
    const body = await response.text();
    if (!response.ok) return { ok: false, status: response.status, reason: `answered ${response.status}` };
    return { ok: true, value: shape.parse(JSON.parse(body)) };
  } catch {
    if (signal.aborted) return { ok: false, status: 504, reason: `no answer within ${timeoutMs / 1000} s` };
    return { ok: false, status: 502, reason: 'no usable answer' };
  }
}
