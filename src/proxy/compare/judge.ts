import type { Snapshot } from '../../snapshot/snapshot.ts';
import { targetName } from '../../snapshot/target.ts';
import type { Forward, Inputs } from '../decide/decision.ts';
import type { Assumptions, MeshPath, Stop } from '../explain/mesh-path.ts';
import { forwardMeaning, type Meaning, replyMeaning } from './meaning.ts';
import { TraitTable } from './route-traits.ts';

/** Chance does nothing that it need not do: faults and mirrors of less than 100 % are told by the route instead. */
const inputs: Inputs = { now: 0, draw: () => 1 - 2 ** -40, bytes: (length) => new Uint8Array(length) };

/** Tells what requests mean to a mesh, by its own decisions. */
export class Judge {
  readonly path: MeshPath;
  readonly #traits = new Map<Snapshot, TraitTable>();

  constructor(path: MeshPath) {
    this.path = path;
  }

  /** What this stop does, and where it sends the request on, what the sidecars there do. */
  meaning(stop: Stop, assumed: Assumptions = {}): Meaning {
    const own = this.meaningHere(stop);
    if (own.decision === undefined || stop.connection.direction === 'inbound') return own.meaning;
    return this.#refusal(stop, own.decision, own.meaning, assumed) ?? own.meaning;
  }

  /** What this stop alone does; `decision` where it sends the request on. */
  meaningHere({ active, request, connection, answers }: Stop): { meaning: Meaning; decision?: Forward } {
    const { snapshot } = active;
    const decision = active.decide(request, connection, { ...inputs, answers });
    const by = targetName(snapshot.target);
    if (decision.kind === 'forward') {
      const traits = this.#traitsOf(snapshot).of(decision.route, decision.cluster);
      return { meaning: forwardMeaning(decision, traits), decision };
    }
    if (decision.kind === 'reply')
      return { meaning: replyMeaning(decision, by, this.#traitsOf(snapshot).of(decision.route, '')) };
    const asks = { status: undefined, details: `asks for ${decision.need}`, by, shares: [], route: '' };
    return { meaning: { ...asks, effects: [] } };
  }

  /** The first refusal behind a stop, under the route that led there. */
  #refusal(from: Stop, decision: Forward, own: Meaning, assumed: Assumptions): Meaning | undefined {
    for (const { cluster } of own.shares)
      for (const stop of this.path.arrivals(from, decision.requestEdits, cluster, assumed)) {
        const { meaning } = this.meaningHere(stop);
        if (meaning.status !== undefined) return { ...meaning, route: own.route };
      }
    return undefined;
  }

  #traitsOf(snapshot: Snapshot): TraitTable {
    const known = this.#traits.get(snapshot);
    if (known !== undefined) return known;
    const table = new TraitTable(snapshot);
    this.#traits.set(snapshot, table);
    return table;
  }
}
