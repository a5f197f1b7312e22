import type { Entry } from './gateway-mirror.ts';

/** Content of fewer values is copied whole, so that a copy also mends what was damaged there. */
const manyValues = 500;

/** What one call of a KV store takes: Cloudflare's API 10,000 values in 100 MB of JSON. */
const batchValues = 5000;
const batchBytes = 32 * 1024 * 1024;

/**
 * The calls in which content is copied to the gateway's store. A large mesh has thousands of shards, few of which a
 * publication changes: those among `copied` are left out.
 */
export function copyBatches(content: readonly Entry[], copied: ReadonlySet<string>): Entry[][] {
  const wanted = content.length < manyValues ? content : content.filter(({ key }) => !copied.has(key));
  const batches: Entry[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const entry of wanted) {
    const batch = batches.at(-1);
    bytes += entry.value.length;
    if (batch === undefined || bytes > batchBytes || batch.length >= batchValues) {
      batches.push([entry]);
      bytes = entry.value.length;
    } else batch.push(entry);
  }
  return batches;
}
