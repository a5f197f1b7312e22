import { base64url } from 'jose';
import { HostFilter } from './host-filter.ts';
import { filterHash, shardHash } from './host-hash.ts';
import { limit } from './limit.ts';
import { integer, list, record, type Shape, text } from './shape.ts';
import { SnapshotError } from './snapshot-error.ts';

/** Where the virtual hosts of a sharded gateway are; part of the signed manifest. */
export interface ShardIndex {
  /** SHA-256 of every shard, one after another, base64url. A power of two of them. */
  readonly shards: string;
  /** Bloom filter over all domains, base64url. */
  readonly filter: string;
  /** How many labels the wildcard domains have, most first: `*.b.c` has two, `*` none. */
  readonly wildcards: readonly number[];
}

export const shardIndexShape: Shape<ShardIndex> = record<ShardIndex>({
  shards: text(limit.manifest),
  filter: text(limit.manifest),
  wildcards: list(integer(0, 127), 128),
});

const ADDRESS_BYTES = 32;

/** A shard index made ready to ask. */
export class ShardMap {
  readonly #addresses: Uint8Array;
  readonly #filter: HostFilter;
  readonly #wildcards: readonly number[];

  /** Throws E_FORMAT. */
  constructor({ shards, filter, wildcards }: ShardIndex) {
    this.#addresses = decode(shards);
    const count = this.#addresses.length / ADDRESS_BYTES;
    if (!Number.isInteger(Math.log2(count)) || count > limit.shards) {
      throw new SnapshotError('E_FORMAT', `shard index of ${count} shards`);
    }
    this.#filter = new HostFilter(decode(filter));
    if (wildcards.some((labels, i) => i > 0 && labels >= (wildcards[i - 1] ?? 0))) {
      throw new SnapshotError('E_FORMAT', 'shard index: wildcards are not in order');
    }
    this.#wildcards = wildcards;
  }

  /** Shards there are. */
  get count(): number {
    return this.#addresses.length / ADDRESS_BYTES;
  }

  /** Ways in which a host may be declared, the best first: 0 is by its name, the others are by wildcards. */
  get levels(): number {
    return this.#wildcards.length + 1;
  }

  /** Content address of a shard. */
  address(shard: number): string {
    let address = '';
    const from = shard * ADDRESS_BYTES;
    for (let at = from; at < from + ADDRESS_BYTES; at++)
      address += (this.#addresses[at] ?? 0).toString(16).padStart(2, '0');
    return address;
  }

  /** Where the suffix of a host begins on a level, its dot included; -1 where no wildcard of it can match. */
  suffixStart(host: string, level: number): number {
    const labels = this.#wildcards[level - 1] ?? 0;
    if (labels === 0) return host.length;
    let start = host.length;
    for (let seen = 0; seen < labels; seen++) {
      start = host.lastIndexOf('.', start - 1);
      // `*` is at least one character.
      if (start < 1) return -1;
    }
    return start;
  }

  /**
   * The shard that holds the domain made of a host from `start` on, if there is one: -1 = certainly not. `wildcard`
   * = the domain is `*` and that rest.
   */
  locate(host: string, start: number, wildcard: boolean): number {
    const first = shardHash(host, start, wildcard);
    return this.#filter.has(first, filterHash(host, start, wildcard)) ? first & (this.count - 1) : -1;
  }

  /** The shard of a domain as it is written. */
  shardOf(domain: string): number {
    return shardOf(domain, this.count);
  }
}

/** Builds the index. `addresses` are those of the shards in order, `domains` all that they hold. */
export function buildShardIndex(addresses: readonly string[], domains: Iterable<string>): ShardIndex {
  const bytes = addresses.flatMap((address) =>
    Array.from({ length: ADDRESS_BYTES }, (_, i) => Number.parseInt(address.slice(i * 2, i * 2 + 2), 16)),
  );
  const hashes: (readonly [number, number])[] = [];
  const wildcards = new Set<number>();
  for (const domain of domains) {
    const [start, wildcard] = [domainStart(domain), isWildcard(domain)];
    hashes.push([shardHash(domain, start, wildcard), filterHash(domain, start, wildcard)]);
    if (wildcard) wildcards.add(domain.split('.').length - 1);
  }
  return {
    shards: base64url.encode(Uint8Array.from(bytes)),
    filter: base64url.encode(HostFilter.build(hashes).bytes),
    wildcards: [...wildcards].sort((a, b) => b - a),
  };
}

/** The shard of a domain among so many. */
export function shardOf(domain: string, count: number): number {
  return shardHash(domain, domainStart(domain), isWildcard(domain)) & (count - 1);
}

const isWildcard = (domain: string): boolean => domain === '*' || domain.startsWith('*.');

const domainStart = (domain: string): number => (isWildcard(domain) ? 1 : 0);

/** Whoever signed the index has written it: that one value may have several texts is nothing to guard against. */
function decode(written: string): Uint8Array {
  try {
    const bytes = base64url.decode(written);
    if (bytes.length > 0) return bytes;
  } catch (cause) {
    throw new SnapshotError('E_FORMAT', 'shard index is not base64url', { cause });
  }
  throw new SnapshotError('E_FORMAT', 'shard index is empty');
}
