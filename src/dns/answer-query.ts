import type { KnownName, NameTable } from './name-table.ts';
import { CLASS_IN, PLAIN_UDP_BYTES, type Query, TYPE_A, TYPE_AAAA } from './query.ts';
import { readQuery } from './read-query.ts';
import { writeAnswer, writeRefusal } from './write-answer.ts';

/** What is done with a message. */
export type QueryAnswer =
  | { readonly kind: 'answer'; readonly bytes: Uint8Array<ArrayBuffer> }
  /** Not of the mesh: for the resolvers of the system. */
  | { readonly kind: 'forward'; readonly query: Query }
  | { readonly kind: 'nothing' };

/** Seconds that clients may remember an answer, as in Istio. */
const TTL = 30;
/** An answer over TCP has two bytes for its length. */
const TCP_BYTES = 65_535;

/**
 * Answers a client's message from the names of the mesh. Names that only the mesh knows have addresses and no other
 * records; of hosts outside everything but addresses is asked elsewhere. Without a table nothing is known.
 */
export function answerQuery(
  message: Uint8Array,
  table: NameTable | undefined,
  transport: 'udp' | 'tcp',
): QueryAnswer {
  const read = readQuery(message);
  if (read.kind === 'nothing') return read;
  if (read.kind === 'refusal') return { kind: 'answer', bytes: writeRefusal(message, read.code) };
  const { query } = read;
  const known = query.class === CLASS_IN ? table?.find(query.name) : undefined;
  const addresses = known && addressesOf(known, query.type);
  if (addresses === undefined) return { kind: 'forward', query };
  const maxBytes = transport === 'tcp' ? TCP_BYTES : (query.udpBytes ?? PLAIN_UDP_BYTES);
  return { kind: 'answer', bytes: writeAnswer(message, query, { addresses, ttl: TTL, maxBytes }) };
}

/** Undefined where others may know more. */
function addressesOf(known: KnownName, type: number): readonly Uint8Array[] | undefined {
  if (type === TYPE_A) return known.ipv4;
  if (type === TYPE_AAAA) return known.ipv6;
  return known.meshOnly ? [] : undefined;
}
