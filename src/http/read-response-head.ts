import { responseFraming, type Version } from './body-framing.ts';
import { hasConnectionOption } from './connection-options.ts';
import { CONNECTION } from './field-names.ts';
import type { Framing } from './framing.ts';
import { decodeLatin1 } from './latin1.ts';
import type { HeadLimits } from './limits.ts';
import type { ResponseHead } from './message.ts';
import { CR, FIELD_VALUE, isDigit, LF, SP } from './octets.ts';
import { FieldScanner, SHORT, TOO_MANY } from './read-headers.ts';
import { readVersion, VERSION_LENGTH } from './start-line.ts';

/** What the bytes of an upstream connection say so far. */
export type ResponseRead = ResponseMore | ResponseRefusal | ReadResponseHead;

/** The head is not complete. */
export interface ResponseMore {
  readonly kind: 'more';
}

/** The head is illegal, or beyond a limit: close the connection. */
export interface ResponseRefusal {
  readonly kind: 'refusal';
  readonly reason: string;
}

/** A complete head, final or interim (1xx). After status 101 the connection is a tunnel. */
export interface ReadResponseHead extends ResponseHead {
  readonly kind: 'head';
  readonly framing: Framing;
  /** Bytes consumed. */
  readonly length: number;
  /** Whether the connection takes another request after this response. */
  readonly keepAlive: boolean;
}

const MORE: ResponseMore = { kind: 'more' };
const scanner = new FieldScanner();

/**
 * Reads a response head (RFC 9112 §4, §5) at the start of `bytes`. The method decides on the body.
 * `seen` is as for `readRequestHead`.
 */
export function readResponseHead(
  bytes: Uint8Array,
  requestMethod: string,
  limits: HeadLimits,
  seen = 0,
): ResponseRead {
  if (seen > 0 && bytes.length < limits.bytes && bytes.indexOf(LF, seen) < 0) return MORE;
  const stop = Math.min(bytes.length, limits.bytes);
  const version = readVersion(bytes, 0, stop);
  if (version === 'short') return short(bytes, limits);
  if (version === 'malformed' || version === 'unsupported') return refuse(`${version} version`);
  const status = readStatus(bytes, VERSION_LENGTH, stop);
  if (status === -1) return short(bytes, limits);
  if (status < 0) return refuse('malformed status');
  // Servers without a reason often leave its space out too; nothing is ambiguous about that.
  let reasonStart = VERSION_LENGTH + 4;
  if (reasonStart < stop && bytes[reasonStart] === SP) reasonStart++;
  else if (reasonStart < stop && bytes[reasonStart] !== CR) return refuse('malformed status');
  let reasonEnd = reasonStart;
  let octets = 0;
  for (; reasonEnd < stop && FIELD_VALUE[bytes[reasonEnd] as number]; reasonEnd++) {
    octets |= bytes[reasonEnd] as number;
  }
  if (reasonEnd < stop && bytes[reasonEnd] !== CR) return refuse('malformed reason');
  if (reasonEnd + 1 >= stop) return short(bytes, limits);
  if (bytes[reasonEnd + 1] !== LF) return refuse('malformed status line');
  const length = scanner.scan(bytes, reasonEnd + 2, stop, limits.fields);
  if (length === SHORT) return short(bytes, limits);
  if (length === TOO_MANY) return refuse('too many fields');
  if (length < 0) return refuse('malformed field');
  const text = decodeLatin1(bytes, 0, length, (octets | scanner.octets) < 0x80);
  const head = { status, reason: text.slice(reasonStart, reasonEnd), headers: scanner.headers(text, 0) };
  return judge(head, version, requestMethod, length, scanner.bits);
}

function judge(
  head: ResponseHead,
  version: Version,
  requestMethod: string,
  length: number,
  bits: number,
): ResponseRead {
  const { status, reason, headers } = head;
  const framing = responseFraming(headers, version, status, requestMethod);
  if ('status' in framing) return refuse(framing.reason);
  return {
    kind: 'head',
    status,
    reason,
    headers,
    framing,
    length,
    keepAlive:
      keeps(version, status, framing) && !(bits & CONNECTION && hasConnectionOption(headers, 'close')),
  };
}

function keeps(version: Version, status: number, framing: Framing): boolean {
  return version === '1.1' && status !== 101 && framing.kind !== 'close';
}

/** The status after the space at `start`; -1 when more is needed, -2 when malformed. */
function readStatus(bytes: Uint8Array, start: number, stop: number): number {
  if (start < stop && bytes[start] !== SP) return -2;
  let status = 0;
  for (let at = start + 1; at <= start + 3; at++) {
    if (at >= stop) return -1;
    if (!isDigit(bytes[at])) return -2;
    status = status * 10 + (bytes[at] as number) - 0x30;
  }
  return status < 100 ? -2 : status;
}

function short(bytes: Uint8Array, limits: HeadLimits): ResponseRead {
  return bytes.length >= limits.bytes ? refuse('head too large') : MORE;
}

function refuse(reason: string): ResponseRefusal {
  return { kind: 'refusal', reason };
}
