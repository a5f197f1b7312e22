import { describe, test } from 'node:test';
import { BucketTable } from '../../../src/proxy/limits/bucket-table.ts';
import type { RateLimitStore } from '../../../src/runtime/ports.ts';
import { systemClock } from '../../../src/runtime/system.ts';
import { limitStoreCases } from '../../support/limit-store-suite.ts';

/** A proxy's own buckets in the form of a store. */
function ownBuckets(): RateLimitStore {
  const tables = new Map<string, BucketTable>();
  return {
    async take(bucket, rate) {
      const table = tables.get(bucket) ?? new BucketTable(rate);
      tables.set(bucket, table);
      return table.take('', systemClock.monotonic());
    },
  };
}

describe('buckets of one proxy count as those of a store do', () => {
  for (const { name, run } of limitStoreCases) test(name, () => run(ownBuckets(), (what) => what));
});
