import { type Authority, parseAuthority } from './authority.ts';
import { connectionOptions } from './connection-options.ts';
import type { HeaderList } from './header-list.ts';
import { isHopByHop } from './hop-by-hop.ts';
import type { CanonicalRequest, PathNormalization, RawRequestHead, Refusal } from './message.ts';
import { methodRefusal } from './method.ts';
import { nominatesProtected } from './nominated-fields.ts';
import { normalizePath } from './path-normalization.ts';
import { parseTarget, type RequestTarget } from './request-target.ts';

const REFUSED_METHODS: ReadonlySet<string> = new Set(['CONNECT', 'TRACE', 'TRACK']);

/**
 * The one door: judges a head and gives the form that policy, routing, logging and forwarding see. Refuses
 * with 405 CONNECT, TRACE and TRACK, with 501 a method nobody knows, with 400 whatever two readers could
 * understand in two ways.
 */
export function canonicalRequest(
  head: RawRequestHead,
  scheme: 'http' | 'https',
  normalization: PathNormalization,
): CanonicalRequest | Refusal {
  const { method, headers } = head;
  const refused = methodRefusal(method);
  if (refused !== undefined) return { status: refused, reason: 'unknown method' };
  if (REFUSED_METHODS.has(method)) return { status: 405, reason: 'method not allowed' };
  const target = parseTarget(head.target);
  if (target === undefined) return refuse('malformed request target');
  const named = authorityOf(target, headers, scheme);
  if ('status' in named) return named;
  if (nominatesProtected(headers)) return refuse('connection nominates an end-to-end field');
  if (isRepeated(headers, 'authorization')) return refuse('repeated authorization');
  const path = canonicalPath(target.path, method, normalization);
  if (typeof path !== 'string') return path;
  const { query } = target;
  const { authority, host, port } = named;
  return { method, scheme, authority, host, port, path, query, headers: arrived(headers) };
}

/** Whether the door refused. */
export function isRefusal(judged: CanonicalRequest | Refusal): judged is Refusal {
  return 'status' in judged;
}

/**
 * RFC 9112 §3.2.2: an absolute-form target overrides Host, which must be well-formed and single all the
 * same.
 */
function authorityOf(target: RequestTarget, headers: HeaderList, scheme: string): Authority | Refusal {
  if (isRepeated(headers, 'host')) return refuse('repeated host');
  const at = headers.indexOf('host');
  const host = at < 0 ? undefined : parseAuthority(headers.valueAt(at));
  if (at >= 0 && host === undefined) return refuse('malformed host');
  if (target.origin === undefined) return host ?? refuse('missing host');
  if (target.origin.scheme !== scheme) return refuse("a scheme that is not the connection's");
  return parseAuthority(target.origin.authority) ?? refuse('malformed authority');
}

/**
 * Without Host, and without the fields that Connection nominates (RFC 9110 §7.6.1): a field of such a name that is
 * added later is ours, and the client cannot have it dropped.
 */
function arrived(headers: HeaderList): HeaderList {
  const kept = headers.without('host');
  const nominated = connectionOptions(headers)?.filter(isField) ?? [];
  for (const name of nominated) kept.delete(name);
  if (nominated.length > 0) kept.delete('connection');
  return kept;
}

function isField(option: string): boolean {
  return option !== 'close' && !isHopByHop(option);
}

function canonicalPath(path: string, method: string, normalization: PathNormalization): string | Refusal {
  if (path === '*') return method === 'OPTIONS' ? path : refuse('asterisk-form is for OPTIONS');
  if (path.includes('%00')) return refuse('NUL in the path');
  return normalizePath(path, normalization);
}

function isRepeated(headers: HeaderList, name: string): boolean {
  const first = headers.indexOf(name);
  return first >= 0 && headers.indexOf(name, first + 1) >= 0;
}

function refuse(reason: string): Refusal {
  return { status: 400, reason };
}
