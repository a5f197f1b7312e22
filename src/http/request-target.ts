import { TARGET } from './octets.ts';

/** A request target taken apart (RFC 9112 §3.2). */
export interface RequestTarget {
  /** The scheme and authority of an absolute-form target, as written. */
  readonly origin: { readonly scheme: string; readonly authority: string } | undefined;
  /** Begins with `/`, or is `*`. */
  readonly path: string;
  /** Empty, or begins with `?`. */
  readonly query: string;
}

/** Parses origin-form, absolute-form and asterisk-form; the fragment is dropped. Undefined for all else. */
export function parseTarget(target: string): RequestTarget | undefined {
  for (let i = 0; i < target.length; i++) if (!TARGET[target.charCodeAt(i)]) return undefined;
  if (target === '*') return { origin: undefined, path: '*', query: '' };
  const hash = target.indexOf('#');
  const whole = hash < 0 ? target : target.slice(0, hash);
  return whole.startsWith('/') ? splitQuery(whole, 0, undefined) : parseAbsolute(whole);
}

function parseAbsolute(target: string): RequestTarget | undefined {
  const colon = target.indexOf('://');
  if (colon <= 0) return undefined;
  const scheme = target.slice(0, colon).toLowerCase();
  if (scheme !== 'http' && scheme !== 'https') return undefined;
  const start = colon + 3;
  let end = start;
  while (end < target.length && target[end] !== '/' && target[end] !== '?') end++;
  return splitQuery(target, end, { scheme, authority: target.slice(start, end) });
}

function splitQuery(target: string, start: number, origin: RequestTarget['origin']): RequestTarget {
  const mark = target.indexOf('?', start);
  const path = target.slice(start, mark < 0 ? target.length : mark);
  return { origin, path: path === '' ? '/' : path, query: mark < 0 ? '' : target.slice(mark) };
}
