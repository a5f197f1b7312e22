import { type ActiveSnapshot, activate, decide } from '../../src/proxy/activate.ts';
import { EndpointTable } from '../../src/proxy/forward/endpoint-table.ts';
import { addParts, loadHost, shardReader } from '../../src/proxy/shard-use.ts';
import type { ReadStore, Store } from '../../src/runtime/ports.ts';
import type { Publication } from '../../src/snapshot/publish.ts';
import type { SigningKey } from '../../src/snapshot/signing-key.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import { Subscriber } from '../../src/snapshot/subscribe.ts';
import { targetName } from '../../src/snapshot/target.ts';
import {
  buildCluster,
  buildConnection,
  buildRequest,
  buildRoute,
  buildVirtualHost,
  fixedInputs,
  forwardTo,
  gatewaySnapshot,
  prefix,
} from './snapshot.ts';

const asksPerRequest = 4;

/** A gateway without sockets: a subscriber, what it put in force, and the driver of its decisions. */
export class ShardedGateway {
  readonly state: { active: ActiveSnapshot | undefined; readonly endpoints: EndpointTable } = {
    active: undefined,
    endpoints: new EndpointTable(),
  };
  readonly subscriber: Subscriber;
  /** Codes of what was refused. */
  readonly refused: string[] = [];
  /** Services whose endpoints came. */
  readonly told: string[] = [];

  constructor(store: ReadStore, key: SigningKey, lastKnownGood?: Store) {
    const clock = { sleep: (_: number, signal?: AbortSignal) => untilAborted(signal) };
    this.subscriber = new Subscriber({
      store,
      mesh: 'bookinfo',
      keys: [key],
      target: targetName(manyHosts(0).target),
      minimumRevision: 1,
      ...(lastKnownGood && { lastKnownGood }),
      shards: shardReader(this.state, clock),
      onSnapshot: (snapshot, _, parts) => {
        const active = activate(snapshot, { shards: parts?.map, earlier: this.state.active });
        addParts(active, parts, this.state.active);
        this.state.active = active;
      },
      onEndpoints: (record) => {
        this.told.push(record.service);
        this.state.endpoints.update(record);
      },
      onReject: (code) => void this.refused.push(code),
    });
  }

  /** Source of the route that a request for `/` of the host gets, or the status of the answer. */
  async route(host: string): Promise<string> {
    for (let asks = 0; asks < asksPerRequest; asks++) {
      const request = buildRequest(`${host}/`);
      const decision = decide(request, buildConnection('gateway'), this.state.active, fixedInputs());
      if (decision.kind === 'forward') return decision.route;
      if (decision.kind === 'reply') return String(decision.status);
      if (decision.need !== 'snapshot') throw new Error(decision.need);
      if (decision.wanted === undefined) await this.subscriber.refresh();
      else if (!(await loadHost(decision, this.state, this.subscriber))) return '503';
    }
    return '503';
  }
}

/** A gateway with so many hosts `hN.test`, each of a cluster of its own, and `*.wild.test`. */
export function manyHosts(count: number, label = 'one'): Snapshot {
  const names = [...Array.from({ length: count }, (_, i) => `h${i}.test`), '*.wild.test'];
  const clusters = names.map((_, i) => buildCluster(`outbound|80||s${i}.default.svc.cluster.local`));
  const hosts = names.map((name, i) => {
    const action = forwardTo([clusters[i]?.name ?? '']);
    return buildVirtualHost(
      [name],
      [buildRoute(`${name} ${label}`, action, { matches: [{ path: prefix('/') }] })],
    );
  });
  return gatewaySnapshot(hosts, clusters);
}

/** The same as a publication. */
export function manyHostsPublication(revision: number, snapshot: Snapshot): Publication {
  return { mesh: 'bookinfo', revision, created: 1000, expires: 2000, snapshots: [snapshot], sources: [] };
}

/** A pause that only its signal ends: time stands still. */
function untilAborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
}
