import { requestFraming, responseFraming } from './body-framing.ts';
import type { Framing } from './framing.ts';
import { HeaderList } from './header-list.ts';
import type { HeadLimits } from './limits.ts';
import type { RawRequestHead, Refusal } from './message.ts';
import { FIELD_VALUE, TARGET, TOKEN } from './octets.ts';
import { isTrailerName } from './trailer-section.ts';

/** A request as HTTP/2 says it. */
export interface H2RequestHead {
  readonly head: RawRequestHead;
  /** `none` only for a stream that ended with its head; `chunked` is a body of unknown length. */
  readonly framing: Framing;
  /** Whether the client waits for 100 (Continue) before its body. */
  readonly expectContinue: boolean;
}

/** A response as HTTP/2 says it, interim (1xx) or final. */
export interface H2ResponseHead {
  readonly status: number;
  readonly headers: HeaderList;
  readonly framing: Framing;
}

/** Fields of one section: names and values in turn. */
export type FieldPairs = readonly string[];

/** RFC 9113 §6.5.2: what a field counts for besides its octets. */
const FIELD_OVERHEAD = 32;
const UNKNOWN_LENGTH: Framing = { kind: 'chunked' };
const NONE: Framing = { kind: 'none' };

/** Reads a request head (RFC 9113 §8.2, §8.3.1). `ended` tells that no body follows. */
export function readH2Request(
  fields: FieldPairs,
  ended: boolean,
  limits: HeadLimits,
): H2RequestHead | Refusal {
  if (sizeOf(fields) > limits.bytes) return refuse(431, 'head too large');
  const pseudo = new Map<string, string>();
  const headers = readFields(fields, pseudo);
  if (headers === undefined) return refuse(400, 'malformed field');
  if (headers.size > limits.fields) return refuse(431, 'too many fields');
  const method = pseudo.get(':method');
  const path = pseudo.get(':path');
  if (method === 'CONNECT') return refuse(405, 'method not allowed');
  if (method === undefined || path === undefined || !hasRequestFields(pseudo)) {
    return refuse(400, 'malformed pseudo-header fields');
  }
  if (path.length > limits.target) return refuse(414, 'request target too long');
  if (path !== '*' && (!path.startsWith('/') || !consistsOf(path, TARGET))) {
    return refuse(400, 'malformed path');
  }
  if (!setHost(headers, pseudo.get(':authority'))) return refuse(400, 'host that is not the authority');
  return framed({ method, target: path, headers }, ended);
}

/** Reads a response head to `method`; undefined when it is malformed. 101 does not exist in HTTP/2. */
export function readH2Response(
  fields: FieldPairs,
  method: string,
  ended: boolean,
  limits: HeadLimits,
): H2ResponseHead | undefined {
  if (sizeOf(fields) > limits.bytes) return undefined;
  const pseudo = new Map<string, string>();
  const headers = readFields(fields, pseudo);
  const code = pseudo.get(':status');
  if (headers === undefined || code === undefined || pseudo.size !== 1) return undefined;
  const status = /^[1-5]\d\d$/.test(code) ? Number(code) : 101;
  if (status === 101) return undefined;
  const framing = responseFraming(headers, '1.1', status, method);
  if ('status' in framing) return undefined;
  if (framing.kind === 'length' && framing.length > 0 && ended) return undefined;
  if (framing.kind !== 'close') return { status, headers, framing };
  return { status, headers, framing: ended ? NONE : UNKNOWN_LENGTH };
}

/** Reads a trailer section, without fields that only a header section may carry; undefined when malformed. */
export function readH2Trailers(fields: FieldPairs, limits: HeadLimits): HeaderList | undefined {
  if (sizeOf(fields) > limits.bytes) return undefined;
  const pseudo = new Map<string, string>();
  const all = readFields(fields, pseudo);
  if (all === undefined || pseudo.size > 0) return undefined;
  const kept = new HeaderList();
  for (const [name, value] of all) if (isTrailerName(name)) kept.append(name, value);
  return kept;
}

/** Regular fields in order, cookie crumbs joined (RFC 9113 §8.2.3); pseudo-header fields go into `pseudo`. */
function readFields(fields: FieldPairs, pseudo: Map<string, string>): HeaderList | undefined {
  const headers = new HeaderList();
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const name = fields[i] as string;
    const value = fields[i + 1] as string;
    if (name.startsWith(':')) {
      if (headers.size > 0 || pseudo.has(name)) return undefined;
      pseudo.set(name, value);
    } else if (!isField(name, value)) {
      return undefined;
    } else if (!joinCookie(headers, name, value)) {
      headers.append(name, value);
    }
  }
  return headers;
}

function joinCookie(headers: HeaderList, name: string, value: string): boolean {
  if (name !== 'cookie') return false;
  const at = headers.indexOf(name);
  if (at >= 0) headers.extend(at, `; ${value}`);
  return at >= 0;
}

function isField(name: string, value: string): boolean {
  if (name === '' || !isLowerToken(name) || !consistsOf(value, FIELD_VALUE)) return false;
  return !isSpace(value[0]) && !isSpace(value.at(-1)) && isAllowed(name, value);
}

/** RFC 9113 §8.2.2: nothing that is for one connection, and of TE only `trailers`. */
function isAllowed(name: string, value: string): boolean {
  switch (name) {
    case 'connection':
    case 'keep-alive':
    case 'proxy-connection':
    case 'transfer-encoding':
    case 'upgrade':
      return false;
    case 'te':
      return value === 'trailers';
    default:
      return true;
  }
}

function hasRequestFields(pseudo: ReadonlyMap<string, string>): boolean {
  const scheme = pseudo.get(':scheme');
  if (scheme !== 'http' && scheme !== 'https') return false;
  return pseudo.size === (pseudo.has(':authority') ? 4 : 3);
}

/** One Host line with what `:authority` says; false where the two differ. */
function setHost(headers: HeaderList, authority: string | undefined): boolean {
  if (authority === undefined) return true;
  const host = headers.get('host');
  if (host !== undefined && host !== authority) return false;
  headers.set('host', authority);
  return true;
}

function framed(head: RawRequestHead, ended: boolean): H2RequestHead | Refusal {
  const { headers } = head;
  const declared = requestFraming(headers, '1.1');
  if ('status' in declared) return declared;
  const bytes = declared.kind === 'length' ? declared.length : 0;
  if (ended && bytes > 0) return refuse(400, 'a body shorter than its length');
  const expects = headers.get('expect');
  if (expects !== undefined && expects.toLowerCase() !== '100-continue') {
    return refuse(417, 'unknown expectation');
  }
  // Expect is between the client and us.
  headers.delete('expect');
  const open = declared.kind === 'length' ? declared : UNKNOWN_LENGTH;
  return { head, framing: ended ? NONE : open, expectContinue: expects !== undefined && !ended };
}

function isSpace(character: string | undefined): boolean {
  return character === ' ' || character === '\t';
}

function sizeOf(fields: FieldPairs): number {
  let size = (fields.length / 2) * FIELD_OVERHEAD;
  for (const part of fields) size += part.length;
  return size;
}

function isLowerToken(name: string): boolean {
  for (let i = 0; i < name.length; i++) if (TOKEN[name.charCodeAt(i)] !== 1) return false;
  return true;
}

function consistsOf(text: string, allowed: Uint8Array): boolean {
  for (let i = 0; i < text.length; i++) if (!allowed[text.charCodeAt(i)]) return false;
  return true;
}

function refuse(status: number, reason: string): Refusal {
  return { status, reason };
}
