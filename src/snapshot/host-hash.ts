/**
 * Two independent 32-bit hashes of a domain, which decide its shard and its place in the host filter. A wildcard
 * `*.b.c` is hashed as `.b.c`, the part of a host from `start` on, in a family of its own; `*` as the empty rest.
 */
export function shardHash(host: string, start: number, wildcard: boolean): number {
  let hash = wildcard ? 0x9e3779b9 : 0x811c9dc5;
  for (let at = start; at < host.length; at++) hash = Math.imul(hash ^ host.charCodeAt(at), 0x01000193);
  return mix(hash);
}

/** The second hash: see `shardHash`. */
export function filterHash(host: string, start: number, wildcard: boolean): number {
  let hash = wildcard ? 0x7f4a7c15 : 0x2545f491;
  for (let at = start; at < host.length; at++) hash = Math.imul(hash, 0x85ebca6b) + host.charCodeAt(at);
  return mix(hash);
}

/** MurmurHash3's last step: every bit of the input moves every bit of the result. Unsigned. */
function mix(value: number): number {
  let hash = value ^ (value >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
