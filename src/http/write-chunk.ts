import { fieldLine } from './head-text.ts';
import type { HeaderList } from './header-list.ts';
import { latin1Octets } from './latin1.ts';
import { CR, LF } from './octets.ts';
import { isTrailerName } from './trailer-section.ts';

/** What follows the data of a chunk. */
export const CHUNK_END: Uint8Array = Uint8Array.of(CR, LF);

/** The size line of a chunk of `length` > 0 bytes (RFC 9112 §7.1); a size of 0 would end the body. */
export function chunkHeader(length: number): Uint8Array {
  if (!Number.isSafeInteger(length) || length <= 0) throw new TypeError(`illegal chunk size ${length}`);
  return latin1Octets(`${length.toString(16)}\r\n`);
}

/** The last chunk and the trailer section, without fields that only a header section may carry. */
export function lastChunk(trailers?: HeaderList): Uint8Array {
  let text = '0\r\n';
  for (const [name, value] of trailers ?? []) if (isTrailerName(name)) text += fieldLine(name, value);
  return latin1Octets(`${text}\r\n`);
}
