import { contentLength } from './body-framing.ts';
import { connectionOptions } from './connection-options.ts';
import type { Framing } from './framing.ts';
import { fieldLine, hostLine, listedLine, requestLine, statusLine } from './head-text.ts';
import type { HeaderList } from './header-list.ts';
import { isHopByHop } from './hop-by-hop.ts';
import { latin1Octets } from './latin1.ts';
import type { CanonicalRequest, ResponseHead } from './message.ts';

/** What the sender of a head says about its connection. */
export type ConnectionUse = 'keep-alive' | 'close';

/**
 * A request head in origin-form, Host first, re-framed: hop-by-hop fields and Content-Length are dropped,
 * what `framing` and `connection` say is added. `upgrade` asks for that protocol. Every code unit is an octet
 * (`encodeLatin1`). Throws TypeError on an illegal one.
 */
export function requestHeadText(
  request: CanonicalRequest,
  framing: Framing,
  connection: ConnectionUse,
  upgrade?: string,
): string {
  if (framing.kind === 'close') throw new TypeError('a request cannot end with its connection');
  const start = requestLine(request.method, request.path, request.query);
  const host = hostLine(request.authority);
  return `${start}${host}${forwarded(request.headers)}${added(framing, connection, upgrade)}\r\n`;
}

/**
 * A response head, re-framed as `requestHeadText` does. With framing `none` the Content-Length of a response
 * to HEAD or of a 304 stays, as it tells of a body that is not sent. Throws TypeError on an illegal octet.
 */
export function responseHeadText(
  head: ResponseHead,
  framing: Framing,
  connection: ConnectionUse,
  upgrade?: string,
): string {
  const { status, reason, headers } = head;
  const kept = framing.kind === 'none' && status >= 200 && status !== 204 ? keptLength(headers) : '';
  const start = statusLine(status, reason);
  const asked = status === 407 ? challenge(headers) : '';
  return `${start}${forwarded(headers)}${asked}${added(framing, connection, upgrade)}${kept}\r\n`;
}

/** `requestHeadText` in octets. */
export function writeRequestHead(...head: Parameters<typeof requestHeadText>): Uint8Array {
  return latin1Octets(requestHeadText(...head));
}

/** `responseHeadText` in octets. */
export function writeResponseHead(...head: Parameters<typeof responseHeadText>): Uint8Array {
  return latin1Octets(responseHeadText(...head));
}

/** A 407 is worth nothing without its challenge (RFC 9110 §15.5.8), though the field is meant for this hop alone. */
function challenge(headers: HeaderList): string {
  let lines = '';
  for (const value of headers.getAll('proxy-authenticate')) lines += fieldLine('proxy-authenticate', value);
  return lines;
}

/**
 * The end-to-end fields, without those that the writer says itself: Host and the length. What was read and needs no
 * change goes on octet by octet, its names in the case in which they came.
 */
function forwarded(headers: HeaderList): string {
  const nominated = connectionOptions(headers);
  const { end } = headers;
  let lines = '';
  for (let i = 0; i < end; ) {
    const stop = nominated === undefined ? headers.endOfPlain(i) : i;
    lines += stop > i ? headers.plainText(i, stop) : forwardedLine(headers, i, nominated);
    i = Math.max(stop, i + 1);
  }
  return lines;
}

function forwardedLine(headers: HeaderList, line: number, nominated: readonly string[] | undefined): string {
  const name = headers.nameAt(line);
  if (name === undefined || name === 'content-length' || name === 'host' || isHopByHop(name)) return '';
  return nominated?.includes(name) === true ? '' : listedLine(headers, line, name);
}

function added(framing: Framing, connection: ConnectionUse, upgrade: string | undefined): string {
  let lines = '';
  if (framing.kind === 'length') lines = `content-length: ${decimal(framing.length)}\r\n`;
  else if (framing.kind === 'chunked') lines = 'transfer-encoding: chunked\r\n';
  if (upgrade !== undefined) return `${lines}connection: upgrade\r\n${fieldLine('upgrade', upgrade)}`;
  // HTTP/1.1 keeps connections unless told otherwise, so keeping needs no field.
  return connection === 'close' || framing.kind === 'close' ? `${lines}connection: close\r\n` : lines;
}

function keptLength(headers: HeaderList): string {
  const lengths = headers.getAll('content-length');
  const length = lengths.length === 1 ? contentLength(lengths[0] as string) : undefined;
  return length === undefined ? '' : `content-length: ${length}\r\n`;
}

function decimal(length: number): string {
  if (!Number.isSafeInteger(length) || length < 0) throw new TypeError(`illegal length ${length}`);
  return String(length);
}
