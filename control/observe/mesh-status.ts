import type { Clock } from '../../src/runtime/ports.ts';
import type { Configuration } from '../configuration.ts';
import type { Publisher } from '../publisher.ts';
import type { Registry } from '../registry.ts';

/** What control says of itself and the mesh as a whole; `weft check` judges it. Times: ms since the epoch. */
export interface MeshStatus {
  readonly mesh: string;
  readonly now: number;
  /** In force; 0 = none. */
  readonly revision: number;
  /** When readers raise an alarm unless the manifest is renewed; 0 = nothing published. */
  readonly expires: number;
  /** RFC 7638 thumbprints of the keys that sign what proxies read. */
  readonly signingKeys: readonly string[];
  /** PEM. */
  readonly roots: string;
  /** Keys of stored documents that cannot be read. */
  readonly unreadable: readonly string[];
  /** Deployments, `namespace/name`. */
  readonly workloads: readonly string[];
}

export interface MeshStatusParts extends Pick<MeshStatus, 'mesh' | 'signingKeys'> {
  readonly roots: () => string;
  readonly clock: Clock;
  readonly configuration: Pick<Configuration, 'stored'>;
  readonly publisher: Pick<Publisher, 'current'>;
  readonly registry: Pick<Registry, 'workloads'>;
}

/** As of now. */
export async function meshStatus(parts: MeshStatusParts): Promise<MeshStatus> {
  const { mesh, signingKeys, roots, clock, configuration, publisher, registry } = parts;
  const [manifest, stored] = [await publisher.current(), await configuration.stored()];
  return {
    mesh,
    now: clock.now(),
    revision: manifest?.revision ?? 0,
    expires: manifest?.expires ?? 0,
    signingKeys,
    roots: roots(),
    unreadable: [...stored.unreadable.keys()],
    workloads: registry.workloads.map(({ namespace, name }) => `${namespace}/${name}`),
  };
}
