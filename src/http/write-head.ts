import { contentLength } from './body-framing.ts';
import type { Framing } from './framing.ts';
import { fieldLength, HeadWriter } from './head-writer.ts';
import { HeaderList } from './header-list.ts';
import { stripHopByHop } from './hop-by-hop.ts';
import type { CanonicalRequest, ResponseHead } from './message.ts';

/** What the sender of a head says about its connection. */
export type ConnectionUse = 'keep-alive' | 'close';

/**
 * A request head in origin-form, Host first, re-framed: hop-by-hop fields and Content-Length are dropped,
 * what `framing` and `connection` say is added. `upgrade` asks for that protocol. Throws TypeError on an
 * illegal octet.
 */
export function writeRequestHead(
  request: CanonicalRequest,
  framing: Framing,
  connection: ConnectionUse,
  upgrade?: string,
): Uint8Array {
  if (framing.kind === 'close') throw new TypeError('a request cannot end with its connection');
  const target = request.path + request.query;
  const headers = stripHopByHop(request.headers);
  const added = addedFields(framing, connection, upgrade);
  const length =
    request.method.length +
    target.length +
    12 +
    fieldLength('host', request.authority) +
    sizeOf(headers, added);
  const writer = new HeadWriter(length);
  writer.requestLine(request.method, target);
  writer.field('host', request.authority);
  writeFields(writer, headers, added);
  return writer.bytes;
}

/**
 * A response head, re-framed as `writeRequestHead` does. With framing `none` the Content-Length of a
 * response to HEAD or of a 304 stays, as it tells of a body that is not sent. Throws TypeError on an illegal
 * octet.
 */
export function writeResponseHead(
  head: ResponseHead,
  framing: Framing,
  connection: ConnectionUse,
  upgrade?: string,
): Uint8Array {
  const headers = stripHopByHop(head.headers);
  const added = addedFields(framing, connection, upgrade);
  if (framing.kind === 'none' && head.status >= 200 && head.status !== 204) keepLength(headers, added);
  if (head.status === 407) keepChallenge(head.headers, added);
  const writer = new HeadWriter(head.reason.length + 15 + sizeOf(headers, added));
  writer.statusLine(head.status, head.reason);
  writeFields(writer, headers, added);
  return writer.bytes;
}

/** A 407 is worth nothing without its challenge (RFC 9110 §15.5.8), though the field is meant for this hop alone. */
function keepChallenge(headers: HeaderList, added: HeaderList): void {
  for (const challenge of headers.getAll('proxy-authenticate')) added.append('proxy-authenticate', challenge);
}

function addedFields(framing: Framing, connection: ConnectionUse, upgrade: string | undefined): HeaderList {
  const added = new HeaderList();
  if (framing.kind === 'length') added.append('content-length', decimal(framing.length));
  if (framing.kind === 'chunked') added.append('transfer-encoding', 'chunked');
  if (upgrade !== undefined) {
    added.append('connection', 'upgrade');
    added.append('upgrade', upgrade);
  } else if (connection === 'close' || framing.kind === 'close') {
    // HTTP/1.1 keeps connections unless told otherwise, so keeping needs no field.
    added.append('connection', 'close');
  }
  return added;
}

function keepLength(headers: HeaderList, added: HeaderList): void {
  const lengths = headers.getAll('content-length');
  const length = lengths.length === 1 ? contentLength(lengths[0] as string) : undefined;
  if (length !== undefined) added.append('content-length', decimal(length));
}

function decimal(length: number): string {
  if (!Number.isSafeInteger(length) || length < 0) throw new TypeError(`illegal length ${length}`);
  return String(length);
}

function sizeOf(headers: HeaderList, added: HeaderList): number {
  let length = 2;
  for (let i = 0; i < headers.size; i++) {
    const name = headers.names[i] as string;
    if (isForwarded(name)) length += fieldLength(name, headers.values[i] as string);
  }
  for (let i = 0; i < added.size; i++) {
    length += fieldLength(added.names[i] as string, added.values[i] as string);
  }
  return length;
}

function writeFields(writer: HeadWriter, headers: HeaderList, added: HeaderList): void {
  for (let i = 0; i < headers.size; i++) {
    const name = headers.names[i] as string;
    if (isForwarded(name)) writer.field(name, headers.values[i] as string);
  }
  for (let i = 0; i < added.size; i++) writer.field(added.names[i] as string, added.values[i] as string);
  writer.endLine();
}

/** Host and length are said once, by the writer. */
function isForwarded(name: string): boolean {
  return name !== 'content-length' && name !== 'host';
}
