import {
  FORMAT_ERROR,
  HEADER_BYTES,
  NOT_IMPLEMENTED,
  PLAIN_UDP_BYTES,
  type Query,
  TYPE_OPT,
} from './query.ts';

/** What a message turns out to be. */
export type ReadQuery =
  | { readonly kind: 'query'; readonly query: Query }
  /** To be answered with this response code and nothing else. */
  | { readonly kind: 'refusal'; readonly code: number }
  /** A response, or too short to be answered: nobody hears of it. */
  | { readonly kind: 'nothing' };

/**
 * Reads a query (RFC 1035 §4.1): a standard one, with one question, whose name is written without pointers. Of the
 * records behind it only EDNS is looked for, where it stands first.
 */
export function readQuery(bytes: Uint8Array): ReadQuery {
  if (bytes.length < HEADER_BYTES || (byteAt(bytes, 2) & 0x80) !== 0) return { kind: 'nothing' };
  if (((byteAt(bytes, 2) >> 3) & 0x0f) !== 0) return { kind: 'refusal', code: NOT_IMPLEMENTED };
  const read = numberAt(bytes, 4) === 1 ? readName(bytes) : undefined;
  if (read === undefined || read.end + 4 > bytes.length) return { kind: 'refusal', code: FORMAT_ERROR };
  const { name, end } = read;
  return {
    kind: 'query',
    query: {
      id: numberAt(bytes, 0),
      recursionDesired: (byteAt(bytes, 2) & 1) !== 0,
      name,
      type: numberAt(bytes, end),
      class: numberAt(bytes, end + 2),
      questionEnd: end + 4,
      udpBytes: ednsBytes(bytes, end + 4),
    },
  };
}

const LONGEST_LABEL = 63;
/** With the length of each label and the root (RFC 1035 §3.1). */
const LONGEST_NAME = 255;

function readName(bytes: Uint8Array): { readonly name: string; readonly end: number } | undefined {
  let name = '';
  let at = HEADER_BYTES;
  for (;;) {
    const length = bytes[at];
    if (length === undefined || length > LONGEST_LABEL) return undefined;
    const end = at + 1 + length;
    if (end > bytes.length || end - HEADER_BYTES > LONGEST_NAME) return undefined;
    if (length === 0) return { name, end };
    if (name !== '') name += '.';
    for (let i = at + 1; i < end; i++) name += octetText(byteAt(bytes, i));
    at = end;
  }
}

/** Lower-case; what is no letter of a host name stands for itself, and a dot that is none for something else. */
function octetText(octet: number): string {
  if (octet >= 0x41 && octet <= 0x5a) return String.fromCharCode(octet + 0x20);
  return octet === 0x2e ? '\\.' : String.fromCharCode(octet);
}

/** The class of an OPT record is how much its client takes (RFC 6891 §6.2.3). */
function ednsBytes(bytes: Uint8Array, at: number): number | undefined {
  const noRecords = numberAt(bytes, 6) === 0 && numberAt(bytes, 8) === 0;
  const isEdns = bytes[at] === 0 && at + 11 <= bytes.length && numberAt(bytes, at + 1) === TYPE_OPT;
  if (!noRecords || numberAt(bytes, 10) === 0 || !isEdns) return undefined;
  return Math.max(PLAIN_UDP_BYTES, numberAt(bytes, at + 3));
}

function numberAt(bytes: Uint8Array, at: number): number {
  return (byteAt(bytes, at) << 8) | byteAt(bytes, at + 1);
}

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}
