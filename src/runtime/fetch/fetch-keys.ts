import { type AllowedHosts, keyAddressProblem } from '../../identity/jwt/key-address.ts';
import { MAX_KEY_SET } from '../../identity/jwt/key-set.ts';
import type { FetchDocument } from '../../identity/jwt/remote-keys.ts';

/**
 * Fetches documents of keys by the platform's `fetch`, for Workers: there names are resolved by the platform, which
 * leads to no private network. No redirects; at most 64 KiB.
 */
export function fetchKeys(allowed: AllowedHosts, fetch: typeof globalThis.fetch): FetchDocument {
  return async (uri, timeoutMs) => {
    const problem = keyAddressProblem(uri, allowed);
    if (problem !== undefined) throw new Error(`${uri} ${problem}`);
    const response = await fetch(uri, {
      headers: { accept: 'application/json' },
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new Error(`answered ${response.status}`);
    }
    return boundedText(response);
  };
}

async function boundedText({ body }: Response): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const reader = body?.getReader();
  let text = '';
  for (let length = 0; reader !== undefined; ) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > MAX_KEY_SET) {
      await reader.cancel();
      throw new Error(`more than ${MAX_KEY_SET} bytes`);
    }
    text += decoder.decode(value, { stream: true });
  }
  return text + decoder.decode();
}
