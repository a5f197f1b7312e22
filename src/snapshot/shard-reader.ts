import type { Clock } from '../runtime/ports.ts';
import type { ReadShard } from './read-publication.ts';
import type { ShardMap } from './shard-index.ts';

/** What a reader of shards has loaded and uses. */
export interface ShardReader {
  readonly clock: Pick<Clock, 'sleep'>;
  /** Whether the shard with this content address is loaded. */
  has(address: string): boolean;
  /** Domains of the virtual hosts in use, the last used first: a new snapshot comes with their shards. */
  domainsInUse(): readonly string[];
  /** Services of the registry that these lead to. */
  servicesInUse(): readonly string[];
  /** Takes in a shard of the snapshot in force; one that it throws at is refused. */
  onShard(number: number, shard: ReadShard): void;
}

/** Where the shards of a snapshot are, and those that were read with it, by number. */
export interface SnapshotParts {
  readonly map: ShardMap;
  readonly read: ReadonlyMap<number, ReadShard>;
}
