/** Sizes in bytes and counts beyond which both writers and readers refuse. */
export const limit = {
  pointer: 1024,
  manifest: 2 * 1024 * 1024,
  targets: 10_000,
  /** A snapshot or a source map; Workers KV itself stops at 25 MiB. */
  blob: 16 * 1024 * 1024,
  /** A part of a sharded snapshot. */
  shard: 4 * 1024 * 1024,
  /** Parts of one snapshot. */
  shards: 16_384,
  /** Signed, as stored. */
  endpointRecord: 4 * 1024 * 1024,
  /** Roots and denials, signed, as stored. */
  trustRecord: 1024 * 1024,
  /** Items of any list in a snapshot. */
  list: 10_000,
  /** Places in a source map, which only `explain` reads. */
  sources: 1_000_000,
  /** UTF-16 units of a name, pattern or value. */
  text: 8192,
  /** Ms; a day. */
  rateLimitPeriod: 86_400_000,
  /** UTF-16 units of certificates that belong together. */
  pem: 256 * 1024,
  /** UTF-16 units of a direct response body (Istio's own limit, 1 MB). */
  body: 1024 * 1024,
} as const;
