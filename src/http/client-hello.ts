import { decodeLatin1 } from './latin1.ts';
import { OctetReader } from './octet-reader.ts';

/** What the first bytes of a TLS connection say so far. */
export type ClientHelloRead = { readonly kind: 'more' } | ClientHello | { readonly kind: 'invalid' };

/** What routes a connection before its handshake. */
export interface ClientHello {
  readonly kind: 'hello';
  /** The SNI host name, lower-case. */
  readonly serverName: string | undefined;
  /** The protocols offered, in the client's order. */
  readonly alpn: string[];
}

const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const RECORD_HEADER = 5;
const MESSAGE_HEADER = 4;
const MAX_RECORD = 16 * 1024;
/** Of the message, whatever its records. */
const MAX_HELLO = 16 * 1024;
/** Records that a message may come in: each must carry something, most hellos need one. */
const MAX_RECORDS = 64;
const SERVER_NAME = 0;
const ALPN = 16;

const MORE = { kind: 'more' } as const;
const INVALID = { kind: 'invalid' } as const;

/** Reads the ClientHello (RFC 8446 §4.1.2) at the start of `bytes`, out of as many records as it comes in. */
export function readClientHello(bytes: Uint8Array): ClientHelloRead {
  const message = reassemble(bytes);
  if (!(message instanceof Uint8Array)) return message;
  return parseHello(message) ?? INVALID;
}

/** The handshake message with its header. Nothing may follow it in its last record. */
function reassemble(bytes: Uint8Array): Uint8Array | typeof MORE | typeof INVALID {
  const message = new Uint8Array(Math.min(bytes.length, MESSAGE_HEADER + MAX_HELLO));
  let length = 0;
  let at = 0;
  for (let records = 0; records < MAX_RECORDS; records++) {
    const record = recordLength(bytes, at);
    if (record < 0) return record === -1 ? MORE : INVALID;
    const start = at + RECORD_HEADER;
    const whole = length + record;
    if (whole > MESSAGE_HEADER + MAX_HELLO) return INVALID;
    const part = bytes.subarray(start, start + record);
    message.set(part, length);
    length += part.length;
    const expected = messageLength(message, length);
    if (expected < -1 || (expected >= 0 && whole > expected)) return INVALID;
    if (part.length < record) return MORE;
    if (length === expected) return message.subarray(MESSAGE_HEADER, length);
    at = start + record;
  }
  return INVALID;
}

/**
 * The payload length of the record at `at`; -1 when its header is not there yet, -2 when it is no handshake.
 */
function recordLength(bytes: Uint8Array, at: number): number {
  if (bytes.length > at && bytes[at] !== HANDSHAKE) return -2;
  if (bytes.length > at + 1 && bytes[at + 1] !== 3) return -2;
  if (bytes.length < at + RECORD_HEADER) return -1;
  const length = ((bytes[at + 3] as number) << 8) | (bytes[at + 4] as number);
  return length === 0 || length > MAX_RECORD ? -2 : length;
}

/** Header and body of the message; -1 when not known yet, -2 when it is no ClientHello or too large. */
function messageLength(message: Uint8Array, length: number): number {
  if (length > 0 && message[0] !== CLIENT_HELLO) return -2;
  if (length < MESSAGE_HEADER) return -1;
  const [, high, middle, low] = message as unknown as [number, number, number, number];
  const body = (high << 16) | (middle << 8) | low;
  return body > MAX_HELLO ? -2 : MESSAGE_HEADER + body;
}

function parseHello(body: Uint8Array): ClientHello | undefined {
  const reader = new OctetReader(body);
  const version = reader.number(2);
  reader.take(32);
  const session = reader.vector(1);
  const suites = reader.vector(2);
  const compressions = reader.vector(1);
  if (reader.failed || version >> 8 !== 3 || session.length > 32) return undefined;
  if (suites.length === 0 || suites.length % 2 !== 0 || compressions.length === 0) return undefined;
  if (reader.atEnd) return { kind: 'hello', serverName: undefined, alpn: [] };
  const extensions = new OctetReader(reader.vector(2));
  return reader.failed || !reader.atEnd ? undefined : parseExtensions(extensions);
}

function parseExtensions(reader: OctetReader): ClientHello | undefined {
  const seen = new Set<number>();
  let serverName: string | undefined;
  let alpn: string[] = [];
  while (!reader.atEnd) {
    const type = reader.number(2);
    const data = reader.vector(2);
    if (reader.failed || seen.has(type)) return undefined;
    seen.add(type);
    if (type === SERVER_NAME) {
      serverName = parseServerName(data);
      if (serverName === undefined) return undefined;
    } else if (type === ALPN) {
      alpn = parseAlpn(data);
      if (alpn.length === 0) return undefined;
    }
  }
  return { kind: 'hello', serverName, alpn };
}

/** RFC 6066 §3: one name, of type host_name. */
function parseServerName(data: Uint8Array): string | undefined {
  const outer = new OctetReader(data);
  const list = new OctetReader(outer.vector(2));
  const type = list.number(1);
  const name = list.vector(2);
  if (outer.failed || !outer.atEnd || list.failed || !list.atEnd || type !== 0) return undefined;
  if (name.length === 0 || name.length > 255 || !name.every(isVisible)) return undefined;
  return decodeLatin1(name, 0, name.length, true).toLowerCase();
}

/** RFC 7301 §3.1: a list of names, none empty. Empty when malformed. */
function parseAlpn(data: Uint8Array): string[] {
  const outer = new OctetReader(data);
  const list = new OctetReader(outer.vector(2));
  const names: string[] = [];
  while (!list.atEnd) {
    const name = list.vector(1);
    if (name.length === 0) return [];
    names.push(decodeLatin1(name, 0, name.length, false));
  }
  return list.failed || outer.failed || !outer.atEnd ? [] : names;
}

function isVisible(octet: number): boolean {
  return octet > 0x20 && octet < 0x7f;
}
