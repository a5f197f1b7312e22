import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether a browser may have sent this for a web page of another origin: one that has the loopback address resolve to a
 * name of its own (DNS rebinding), or one that posts here without asking (CSRF). Tools send neither field.
 */
export function isFromElsewhere({ host, origin, 'sec-fetch-site': site }: IncomingHttpHeaders): boolean {
  if (!LOCAL.test(host ?? '')) return true;
  if (origin !== undefined) return true;
  return site !== undefined && site !== 'none' && site !== 'same-origin';
}

const LOCAL = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/;
