import { canonicalBytes, decodeJson } from './canonical-bytes.ts';
import type { Cluster } from './cluster.ts';
import { cluster } from './cluster-shape.ts';
import { limit } from './limit.ts';
import type { VirtualHost } from './route.ts';
import { virtualHost } from './route-shape.ts';
import { check, integer, list, oneOf, record, type Shape, text } from './shape.ts';
import type { ShardMap } from './shard-index.ts';
import { SnapshotError } from './snapshot-error.ts';

/** A virtual host in a shard, with those of its domains that fall into it. */
export interface ShardHost {
  /** 0 = `gateway.virtualHosts`; n = those of `gateway.servers[n - 1]`. Within one no domain comes twice. */
  readonly listeners: readonly number[];
  readonly host: VirtualHost;
  /** Every cluster of the snapshot that it names. */
  readonly clusters: readonly Cluster[];
}

/** What the first line of a shard says of a virtual host. */
export interface ShardEntry {
  readonly listeners: readonly number[];
  readonly domains: readonly string[];
  /** Bytes of its line. */
  readonly size: number;
}

/**
 * A part of a gateway's snapshot as it is stored: a line that lists its virtual hosts, then a line for each, all in
 * canonical JSON. A reader decodes the lines that it is asked for: few of a large mesh are.
 */
export function encodeShard(hosts: readonly ShardHost[]): Uint8Array<ArrayBuffer> {
  const lines = hosts.map(({ host, clusters }) => canonicalBytes({ host, clusters }));
  const entries = hosts.map(
    ({ listeners, host }, i): ShardEntry => ({
      listeners,
      domains: host.domains,
      size: lines[i]?.length ?? 0,
    }),
  );
  return joined([canonicalBytes({ format: 1, hosts: entries }), ...lines]);
}

/** A shard whose first line was checked. */
export class Shard {
  readonly entries: readonly ShardEntry[];
  readonly #bytes: Uint8Array;
  readonly #starts: readonly number[];

  /** The bytes as shard `number` of its snapshot. Throws E_READER_OLD, E_FORMAT. */
  constructor(bytes: Uint8Array, number: number, map: ShardMap) {
    const end = bytes.indexOf(NEWLINE);
    const value = decodeJson(bytes.subarray(0, Math.max(0, end)), limit.shard);
    refuseNewer(value);
    this.entries = check(header, value, 'shard').hosts;
    this.#bytes = bytes;
    const starts: number[] = [];
    let at = end + 1;
    for (const { domains, size } of this.entries) {
      starts.push(at);
      at += size + 1;
      const stray = domains.find((domain) => map.shardOf(domain) !== number);
      if (stray !== undefined)
        throw new SnapshotError('E_FORMAT', `shard ${number} holds ${JSON.stringify(stray)}`);
    }
    if (at !== bytes.length)
      throw new SnapshotError('E_FORMAT', `shard ${number}: ${bytes.length} bytes, not ${at}`);
    this.#starts = starts;
  }

  /** Decodes and checks the virtual host at `index` of `entries`. Throws E_FORMAT. */
  host(index: number): ShardHost {
    const [start, entry] = [this.#starts[index], this.entries[index]];
    if (start === undefined || entry === undefined) throw new RangeError(`no virtual host ${index}`);
    const value = decodeJson(this.#bytes.subarray(start, start + entry.size), limit.shard);
    const { host, clusters } = check(line, value, 'shard host');
    if (host.domains.join() !== entry.domains.join())
      throw new SnapshotError(
        'E_FORMAT',
        `shard host ${JSON.stringify(host.name)} is not the one that is listed`,
      );
    return { listeners: entry.listeners, host, clusters };
  }

  /** All of them. Throws E_FORMAT. */
  hosts(): ShardHost[] {
    return this.entries.map((_, index) => this.host(index));
  }
}

const NEWLINE = 0x0a;

interface Header {
  readonly format: 1;
  readonly hosts: readonly ShardEntry[];
}

const header: Shape<Header> = record<Header>({
  format: oneOf(1),
  hosts: list(
    record<ShardEntry>({
      listeners: list(integer(0, limit.list)),
      domains: list(text()),
      size: integer(0, limit.shard),
    }),
  ),
});

const line: Shape<Omit<ShardHost, 'listeners'>> = record<Omit<ShardHost, 'listeners'>>({
  host: virtualHost,
  clusters: list(cluster),
});

function refuseNewer(value: unknown): void {
  if (typeof value !== 'object' || value === null || !('format' in value)) return;
  if (Number(value.format) > 1)
    throw new SnapshotError('E_READER_OLD', `shard format ${Number(value.format)}`);
}

/** Lines, each with its end. */
function joined(lines: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(lines.reduce((sum, { length }) => sum + length + 1, 0));
  let at = 0;
  for (const line of lines) {
    bytes.set(line, at);
    at += line.length;
    bytes[at++] = NEWLINE;
  }
  return bytes;
}
