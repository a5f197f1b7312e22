import type { Clock, SwapStore } from '../../src/runtime/ports.ts';
import type { EndpointRecord } from '../../src/snapshot/endpoint.ts';
import { verifyEndpointRecord } from '../../src/snapshot/endpoint-record.ts';
import type { Manifest } from '../../src/snapshot/manifest.ts';
import { readSnapshot, readSources } from '../../src/snapshot/read-publication.ts';
import type { VerifyingKey } from '../../src/snapshot/signing-key.ts';
import { endpointsKey } from '../../src/snapshot/store-key.ts';
import { targetName } from '../../src/snapshot/target.ts';
import { registryServices } from '../../src/snapshot/validate-snapshot.ts';
import type { History } from '../history/history.ts';
import type { Publisher } from '../publisher.ts';
import type { Registry } from '../registry.ts';
import { type ConfigPart, type ConfigRow, configRows } from './config-rows.ts';
import { type Graph, graph } from './graph.ts';
import { members, type ProxyRow, proxyRows } from './proxy-row.ts';
import type { ProxyTable } from './proxy-table.ts';

export interface ObservationParts {
  readonly proxies: ProxyTable;
  readonly registry: Registry;
  readonly publisher: Publisher;
  readonly history: History;
  readonly store: SwapStore;
  readonly keys: readonly VerifyingKey[];
  readonly clock: Clock;
}

/** A part of what a proxy runs. */
export interface ProxyConfig {
  readonly part: ConfigPart;
  readonly target: string;
  /** That the rows are of: the proxy's own where it is still kept, else the one in force. */
  readonly revision: number;
  readonly rows: readonly ConfigRow[];
}

/** The running mesh as control knows it: from leases, reports and what it published. */
export class Observation {
  readonly #parts: ObservationParts;

  constructor(parts: ObservationParts) {
    this.#parts = parts;
  }

  /** Every proxy that lives. */
  async rows(): Promise<ProxyRow[]> {
    const { publisher, registry, proxies } = this.#parts;
    const revision = (await publisher.current())?.revision ?? 0;
    return proxyRows({ registry, proxies, revision });
  }

  /** The traffic of the last `seconds`. */
  async graph(seconds: number): Promise<Graph> {
    const { clock, proxies, registry } = this.#parts;
    const { ring, nodes } = proxies;
    const of = members(await this.rows(), registry);
    return graph({ at: clock.now(), now: clock.monotonic(), seconds, ring, nodes, members: of });
  }

  /** A part of what an instance runs; undefined when there is no such proxy, or nothing for it. */
  async config(instance: string, part: ConfigPart): Promise<ProxyConfig | undefined> {
    const row = (await this.rows()).find((one) => one.instance === instance);
    const manifest = row && (await this.#manifestOf(row.revision));
    if (!row || !manifest) return undefined;
    const target = targetName({ kind: row.kind, namespace: row.namespace, name: row.workload });
    const { store } = this.#parts;
    if (!manifest.targets.some(([name]) => name === target)) return undefined;
    const snapshot = await readSnapshot(store, manifest, target);
    const places = new Map(await readSources(store, manifest));
    const rows = configRows(part, {
      snapshot,
      records: part === 'endpoint' ? await this.#records(registryServices(snapshot)) : [],
      certificate: row.certificate,
      place: (source) => {
        const found = places.get(source);
        return found ? `${found.file}:${found.line}` : '';
      },
    });
    return { part, target, revision: manifest.revision, rows };
  }

  /** The manifest of a revision that is still kept, else the one in force. */
  async #manifestOf(revision: number): Promise<Manifest | undefined> {
    const { publisher, history } = this.#parts;
    const record = await history.at(revision);
    return (record && (await publisher.earlier(record))) ?? publisher.current();
  }

  async #records(services: readonly string[]): Promise<EndpointRecord[]> {
    const { store, keys } = this.#parts;
    const read = services.map(async (service) => {
      const bytes = await store.get(endpointsKey(service));
      return bytes ? [await verifyEndpointRecord(bytes, keys, { service })] : [];
    });
    return (await Promise.all(read)).flat();
  }
}
