import type { Framing } from './framing.ts';
import type { HeaderList } from './header-list.ts';
import type { Refusal } from './message.ts';
import { isDigit, isToken } from './octets.ts';

/** The HTTP versions that the codec speaks. */
export type Version = '1.1' | '1.0';

const NONE: Framing = { kind: 'none' };
const CHUNKED: Framing = { kind: 'chunked' };
const CLOSE: Framing = { kind: 'close' };

/** The framing of a request (RFC 9112 §6), or why it is ambiguous or unknown. */
export function requestFraming(headers: HeaderList, version: Version): Framing | Refusal {
  return declaredFraming(headers, version) ?? NONE;
}

/** The framing of a response to `method`, or why it is ambiguous. */
export function responseFraming(
  headers: HeaderList,
  version: Version,
  status: number,
  method: string,
): Framing | Refusal {
  const declared = declaredFraming(headers, version) ?? CLOSE;
  if ('status' in declared) return declared;
  const bodiless = status < 200 || status === 204 || status === 304 || method === 'HEAD';
  return bodiless ? NONE : declared;
}

/** The number that a Content-Length value says: digits only and at most 2^53 - 1, else undefined. */
export function contentLength(value: string): number | undefined {
  if (value.length === 0 || value.length > 16) return undefined;
  for (let i = 0; i < value.length; i++) if (!isDigit(value.charCodeAt(i))) return undefined;
  const length = Number(value);
  return Number.isSafeInteger(length) ? length : undefined;
}

function declaredFraming(headers: HeaderList, version: Version): Framing | Refusal | undefined {
  const length = headers.indexOf('content-length');
  const coding = headers.indexOf('transfer-encoding');
  if (length < 0 && coding < 0) return undefined;
  if (length >= 0 && coding >= 0) return refuse('content-length beside transfer-encoding');
  if (coding >= 0) return codingFraming(headers, coding, version);
  if (headers.indexOf('content-length', length + 1) >= 0) return refuse('repeated content-length');
  const value = contentLength(headers.valueAt(length));
  return value === undefined ? refuse('malformed content-length') : { kind: 'length', length: value };
}

function codingFraming(headers: HeaderList, at: number, version: Version): Framing | Refusal {
  if (version === '1.0') return refuse('transfer-encoding in HTTP/1.0');
  if (headers.indexOf('transfer-encoding', at + 1) >= 0) return refuse('repeated transfer-encoding');
  const value = headers.valueAt(at);
  if (value === 'chunked' || value.toLowerCase() === 'chunked') return CHUNKED;
  return isToken(value)
    ? { status: 501, reason: 'unknown transfer-coding' }
    : refuse('malformed transfer-encoding');
}

function refuse(reason: string): Refusal {
  return { status: 400, reason };
}
