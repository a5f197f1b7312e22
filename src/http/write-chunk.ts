import { fieldLength, HeadWriter } from './head-writer.ts';
import type { HeaderList } from './header-list.ts';
import { CR, LF } from './octets.ts';
import { isTrailerName } from './trailer-section.ts';

/** What follows the data of a chunk. */
export const CHUNK_END: Uint8Array = Uint8Array.of(CR, LF);

/** The size line of a chunk of `length` > 0 bytes (RFC 9112 §7.1); a size of 0 would end the body. */
export function chunkHeader(length: number): Uint8Array {
  if (!Number.isSafeInteger(length) || length <= 0) throw new TypeError(`illegal chunk size ${length}`);
  const size = length.toString(16);
  const writer = new HeadWriter(size.length + 2);
  writer.sizeLine(size);
  return writer.bytes;
}

/** The last chunk and the trailer section, without fields that only a header section may carry. */
export function lastChunk(trailers?: HeaderList): Uint8Array {
  let length = 5;
  for (const [name, value] of trailers ?? []) if (isTrailerName(name)) length += fieldLength(name, value);
  const writer = new HeadWriter(length);
  writer.sizeLine('0');
  for (const [name, value] of trailers ?? []) if (isTrailerName(name)) writer.field(name, value);
  writer.endLine();
  return writer.bytes;
}
