import { CLASS_IN, HEADER_BYTES, NO_ERROR, type Query, TYPE_A, TYPE_AAAA, TYPE_OPT } from './query.ts';

/** The addresses that answer a question: all IPv4 (4 bytes) or all IPv6 (16 bytes). */
export interface Addresses {
  readonly addresses: readonly Uint8Array[];
  /** Seconds. */
  readonly ttl: number;
  /** A longer answer says instead that it is truncated, so that its client comes back over TCP. */
  readonly maxBytes: number;
}

/** Answers a question with addresses, or with none, which says that the name has none of that family. */
export function writeAnswer(
  message: Uint8Array,
  query: Query,
  { addresses, ttl, maxBytes }: Addresses,
): Uint8Array<ArrayBuffer> {
  const edns = query.udpBytes === undefined ? 0 : OPT_BYTES;
  const room = maxBytes - query.questionEnd - edns;
  const size = RECORD_BYTES + (addresses[0]?.length ?? 0);
  const truncated = addresses.length * size > room;
  const records = truncated ? [] : addresses;
  const answer = new Uint8Array(query.questionEnd + records.length * size + edns);
  answer.set(message.subarray(0, query.questionEnd));
  writeHeader(answer, query.recursionDesired, truncated, NO_ERROR);
  answer[5] = 1;
  putNumber(answer, 6, records.length);
  answer[11] = edns === 0 ? 0 : 1;
  let at = query.questionEnd;
  for (const address of records) at = writeRecord(answer, at, address, ttl);
  if (edns > 0) writeEdns(answer, at);
  return answer;
}

/** Answers a message with a response code and its id, and nothing else. */
export function writeRefusal(message: Uint8Array, code: number): Uint8Array<ArrayBuffer> {
  const answer = new Uint8Array(HEADER_BYTES);
  answer.set(message.subarray(0, 4));
  writeHeader(answer, ((message[2] ?? 0) & 1) !== 0, false, code);
  return answer;
}

/** The type, class and length of a record, with a name of two bytes. */
const RECORD_BYTES = 12;
const OPT_BYTES = 11;
/** What we take over UDP ourselves: what crosses most networks unbroken. */
const OWN_UDP_BYTES = 1232;

/** Flags of a response that is authoritative, from a server that recurses; all counts are 0. */
function writeHeader(answer: Uint8Array, recursionDesired: boolean, truncated: boolean, code: number): void {
  const opcode = (answer[2] ?? 0) & 0x78;
  answer[2] = 0x80 | opcode | 0x04 | (truncated ? 0x02 : 0) | (recursionDesired ? 0x01 : 0);
  answer[3] = 0x80 | code;
  answer.fill(0, 4, HEADER_BYTES);
}

function writeRecord(answer: Uint8Array, at: number, address: Uint8Array, ttl: number): number {
  // The name is that of the question.
  putNumber(answer, at, 0xc000 | HEADER_BYTES);
  putNumber(answer, at + 2, address.length === 4 ? TYPE_A : TYPE_AAAA);
  putNumber(answer, at + 4, CLASS_IN);
  putNumber(answer, at + 6, ttl >>> 16);
  putNumber(answer, at + 8, ttl & 0xffff);
  putNumber(answer, at + 10, address.length);
  answer.set(address, at + RECORD_BYTES);
  return at + RECORD_BYTES + address.length;
}

function writeEdns(answer: Uint8Array, at: number): void {
  putNumber(answer, at + 1, TYPE_OPT);
  putNumber(answer, at + 3, OWN_UDP_BYTES);
}

function putNumber(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 8;
  bytes[at + 1] = value & 0xff;
}
