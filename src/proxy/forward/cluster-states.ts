import type { Cluster } from '../../snapshot/cluster.ts';
import { Circuit } from './circuit.ts';
import { OutlierDetector } from './outlier-detector.ts';

/** What a proxy remembers of a cluster besides its endpoints. */
export interface ClusterState {
  /** Undefined where nothing is limited. */
  readonly circuit: Circuit | undefined;
  /** Undefined where nothing is ejected. */
  readonly outlier: OutlierDetector | undefined;
  /** Mirrored requests under way. */
  readonly copies: { active: number };
}

/** The states of clusters by name; they outlive snapshots for as long as what defines them stays the same. */
export class ClusterStates {
  readonly #states = new Map<string, State>();

  /** The state for this form of the cluster. */
  of(cluster: Cluster): ClusterState {
    const { name, circuit: limits, outlier: config } = cluster;
    const known = this.#states.get(name);
    if (known?.cluster === cluster) return known;
    const definition = definitionOf(config);
    const kept = known?.definition === definition ? known.outlier : undefined;
    const circuit = limits && (known?.circuit ?? new Circuit(limits));
    if (circuit !== undefined && limits !== undefined) circuit.limits = limits;
    const outlier = config && (kept ?? new OutlierDetector(config));
    const copies = known?.copies ?? { active: 0 };
    const state = { cluster, definition, circuit, outlier, copies };
    this.#states.set(name, state);
    return state;
  }

  /** Forgets clusters that a new snapshot no longer has. */
  retain(clusters: ReadonlyMap<string, unknown>): void {
    for (const name of this.#states.keys()) if (!clusters.has(name)) this.#states.delete(name);
  }
}

interface State extends ClusterState {
  readonly cluster: Cluster;
  readonly definition: string;
}

/** The same text for the same configuration, whatever the order of its members. */
function definitionOf(config: Cluster['outlier']): string {
  return config === undefined ? '' : JSON.stringify(Object.entries(config).sort());
}
