import * as z from 'zod';
import type { NoRequest, RecordedRequest } from './log-line.ts';

/** The part of a HAR entry that a replay needs. */
const harEntry = z.object({
  request: z.object({
    method: z.string(),
    url: z.string(),
    headers: z.array(z.object({ name: z.string(), value: z.string() })),
  }),
});

/** Reads one object of `log.entries`. Never throws. */
export function readHarEntry(text: string): RecordedRequest | NoRequest {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return { kind: 'malformed', reason: 'not JSON' };
  }
  const { success, data } = harEntry.safeParse(parsed);
  if (!success) return { kind: 'malformed', reason: 'it has no request with method, url and headers' };
  const { method, url, headers } = data.request;
  if (!/^https?:\/\//.test(url))
    return { kind: 'other', reason: `${url.slice(0, 40)} is not of http or https` };
  // Browsers write pseudo headers of HTTP/2 among the others.
  const lines = headers
    .filter(({ name }) => !name.startsWith(':'))
    .map(({ name, value }) => `${name}: ${value}`);
  return { method, url: url.replace(/#.*$/, ''), headers: lines };
}
