import { requestFraming, type Version } from './body-framing.ts';
import { hasConnectionOption } from './connection-options.ts';
import { CONNECTION, EXPECT, FRAMES, UPGRADE } from './field-names.ts';
import type { Framing } from './framing.ts';
import type { HeaderList } from './header-list.ts';
import { decodeLatin1 } from './latin1.ts';
import type { HeadLimits } from './limits.ts';
import type { RawRequestHead } from './message.ts';
import { methodRefusal } from './method.ts';
import { CR, LF, SP, TARGET, TOKEN } from './octets.ts';
import { FieldScanner, SHORT, TOO_MANY } from './read-headers.ts';
import { readVersion, VERSION_LENGTH } from './start-line.ts';

/** What the bytes of a connection say so far. */
export type RequestRead = RequestMore | RequestRefusal | RequestHead;

/** The head is not complete. */
export interface RequestMore {
  readonly kind: 'more';
}

/** The head is illegal, or beyond a limit: answer `status` and close. */
export interface RequestRefusal {
  readonly kind: 'refusal';
  readonly status: number;
  readonly reason: string;
}

/** A complete head. */
export interface RequestHead {
  readonly kind: 'head';
  readonly head: RawRequestHead;
  readonly framing: Framing;
  /** Bytes consumed. */
  readonly length: number;
  /** Whether the client takes another response on this connection; never in HTTP/1.0. */
  readonly keepAlive: boolean;
  /** Whether the client waits for 100 (Continue) before its body. */
  readonly expectContinue: boolean;
  /** The protocol of a bodiless upgrade, lower-case. */
  readonly upgrade: string | undefined;
  readonly version: Version;
}

const MORE: RequestMore = { kind: 'more' };
const NONE: Framing = { kind: 'none' };
const scanner = new FieldScanner();

/**
 * Reads a request head (RFC 9112 §3, §5) at the start of `bytes`. `seen` tells how many of them an earlier
 * call has answered with `more`: then lines are judged when they end, and a dripping client costs little.
 */
export function readRequestHead(bytes: Uint8Array, limits: HeadLimits, seen = 0): RequestRead {
  if (seen > 0 && bytes.length < limits.bytes && bytes.indexOf(LF, seen) < 0) return MORE;
  const stop = Math.min(bytes.length, limits.bytes);
  // RFC 9112 §2.2: one empty line before the request line is ignored.
  const start = bytes[0] === CR ? 2 : 0;
  if (start === 2 && stop > 1 && bytes[1] !== LF) return refuse(400, 'bare CR');
  let methodEnd = start;
  while (methodEnd < stop && TOKEN[bytes[methodEnd] as number]) methodEnd++;
  if (methodEnd >= stop) return short(bytes, limits);
  if (methodEnd === start || bytes[methodEnd] !== SP) return refuse(400, 'malformed method');
  const targetStart = methodEnd + 1;
  const targetStop = Math.min(stop, targetStart + limits.target + 1);
  let targetEnd = targetStart;
  while (targetEnd < targetStop && TARGET[bytes[targetEnd] as number]) targetEnd++;
  if (targetEnd - targetStart > limits.target) return refuse(414, 'request target too long');
  if (targetEnd >= stop) return short(bytes, limits);
  if (targetEnd === targetStart || bytes[targetEnd] !== SP) return refuse(400, 'malformed request target');
  const version = readVersion(bytes, targetEnd + 1, stop);
  if (version === 'short') return short(bytes, limits);
  if (version === 'malformed') return refuse(400, 'malformed version');
  if (version === 'unsupported') return refuse(505, 'unsupported version');
  const lineEnd = targetEnd + 1 + VERSION_LENGTH;
  if (lineEnd < stop && bytes[lineEnd] !== CR) return refuse(400, 'malformed request line');
  if (lineEnd + 1 >= stop) return short(bytes, limits);
  if (bytes[lineEnd + 1] !== LF) return refuse(400, 'malformed request line');
  const length = scanner.scan(bytes, lineEnd + 2, stop, limits.fields);
  if (length === SHORT) return short(bytes, limits);
  if (length === TOO_MANY) return refuse(431, 'too many fields');
  if (length < 0) return refuse(400, 'malformed field');
  const text = decodeLatin1(bytes, start, length, scanner.octets < 0x80);
  const head: RawRequestHead = {
    method: text.slice(0, methodEnd - start),
    target: text.slice(targetStart - start, targetEnd - start),
    headers: scanner.headers(text, start),
  };
  return judge(head, version, length, scanner.bits);
}

/** `bits` tell which fields need not be looked for. */
function judge(head: RawRequestHead, version: Version, length: number, bits: number): RequestRead {
  const { method, headers } = head;
  const refused = methodRefusal(method);
  if (refused !== undefined) return refuse(refused, 'unknown method');
  const framing = bits & FRAMES ? requestFraming(headers, version) : NONE;
  if ('status' in framing) return refuse(framing.status, framing.reason);
  const expects = bits & EXPECT ? headers.get('expect') : undefined;
  if (expects !== undefined && expects.toLowerCase() !== '100-continue') {
    return refuse(417, 'unknown expectation');
  }
  const modern = version === '1.1';
  return {
    kind: 'head',
    head,
    framing,
    length,
    keepAlive: modern && !(bits & CONNECTION && hasConnectionOption(headers, 'close')),
    // RFC 9110 §10.1.1: not in HTTP/1.0, and without a body there is nothing to wait for.
    expectContinue: modern && expects !== undefined && framing.kind !== 'none',
    upgrade: modern && bits & UPGRADE && framing.kind === 'none' ? upgradeOf(headers) : undefined,
    version,
  };
}

function upgradeOf(headers: HeaderList): string | undefined {
  const upgrade = headers.get('upgrade');
  if (upgrade === undefined || !hasConnectionOption(headers, 'upgrade')) return undefined;
  return upgrade.toLowerCase();
}

function short(bytes: Uint8Array, limits: HeadLimits): RequestRead {
  return bytes.length >= limits.bytes ? refuse(431, 'head too large') : MORE;
}

function refuse(status: number, reason: string): RequestRefusal {
  return { kind: 'refusal', status, reason };
}
