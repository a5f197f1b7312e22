import { grpcStatus, isGrpc } from '../../http/grpc.ts';
import type { CanonicalRequest } from '../../http/message.ts';
import type { Connection } from '../decide/connection.ts';
import type { ConnectionOutcome } from '../forward/forward-connection.ts';
import type { Outcome } from '../forward/outcome.ts';
import { HopCache, type KnownHop } from './hop-cache.ts';
import type { Snapshotted } from './hop-labels.ts';
import { foldedLabels, type Labels, labelKey } from './labels.ts';
import { ConnectionCounter, type ConnectionSeries, RequestCounter, type RequestSeries } from './series.ts';

/** What traffic is counted with. */
export interface TrafficOptions {
  /** The snapshot in force. */
  readonly active: () => Snapshotted;
  /** The mesh's id, which stands for Istio's `source_cluster` and `destination_cluster`. */
  readonly meshId: string;
  /** Sets of labels that are told apart; the rest is counted under `unknown`. 1,900 by default. */
  readonly maxSeries?: number;
}

/** Counts every request and connection once, when it ended, by Istio's labels; nothing is ever forgotten. */
export class Traffic {
  readonly #active: () => Snapshotted;
  readonly #maxSeries: number;
  readonly #hops: HopCache;
  readonly #requests = new Map<string, RequestCounter>();
  readonly #connections = new Map<string, ConnectionCounter>();
  #folded = 0;

  constructor({ active, meshId, maxSeries = 1900 }: TrafficOptions) {
    this.#active = active;
    this.#maxSeries = maxSeries;
    this.#hops = new HopCache(meshId);
  }

  /** A request ended. `request` is undefined when its head was refused. */
  countRequest(outcome: Outcome, request: CanonicalRequest | undefined, connection: Connection): void {
    const { cluster, details, mesh = false, requestBytes = 0, responseBytes = 0 } = outcome;
    const inbound = connection.direction === 'inbound';
    const peer = outcome.peer ?? (inbound ? undefined : outcome.registered);
    const hop = this.#hops.find({ cluster, details, peer, mesh }, request, connection, this.#active());
    const grpc = request !== undefined && isGrpc(request.headers.get('content-type'));
    const counter = this.#counterOf(hop, outcome, grpc);
    counter.add(outcome.durationMs, requestBytes, responseBytes);
  }

  /** A connection was made whose bytes are passed on unread. */
  openConnection(outcome: ConnectionOutcome, connection: Connection): void {
    this.#connectionCounter(outcome, '-', connection).open();
  }

  /** Such a connection ended, or was closed before there was an upstream. */
  closeConnection(outcome: ConnectionOutcome, connection: Connection): void {
    if (outcome.details !== 'via_upstream') this.openConnection(outcome, connection);
    const counter = this.#connectionCounter(outcome, outcome.flag, connection);
    counter.close(outcome.received, outcome.sent);
  }

  /** Requests so far. */
  get requests(): RequestSeries[] {
    return [...this.#requests.values()].map((counter) => counter.read());
  }

  /** Connections so far. */
  get connections(): ConnectionSeries[] {
    return [...this.#connections.values()].map((counter) => counter.read());
  }

  /** Sets of labels that were too many. */
  get folded(): number {
    return this.#folded;
  }

  #counterOf(hop: KnownHop, outcome: Outcome, grpc: boolean): RequestCounter {
    const { status, flags } = outcome;
    const code = grpc ? grpcStatusOf(outcome) : '';
    for (const known of hop.requests) {
      if (
        known.status === status &&
        known.flags === flags &&
        known.grpc === grpc &&
        known.grpcStatus === code
      )
        return known.counter;
    }
    const labels: Labels = {
      ...hop.labels,
      request_protocol: grpc ? 'grpc' : 'http',
      response_code: String(status),
      grpc_response_status: code,
      response_flags: flags,
    };
    const counter = this.#intern(this.#requests, labels, (own) => new RequestCounter(own));
    if (hop.requests.length < MAX_KNOWN)
      hop.requests.push({ grpc, status, flags, grpcStatus: code, counter });
    return counter;
  }

  #connectionCounter(outcome: ConnectionOutcome, flags: string, connection: Connection): ConnectionCounter {
    const { cluster, details, registered: peer, mesh = false } = outcome;
    const hop = this.#hops.find({ cluster, details, peer, mesh }, undefined, connection, this.#active());
    for (const known of hop.connections) if (known.flags === flags) return known.counter;
    const labels: Labels = {
      ...hop.labels,
      request_protocol: 'tcp',
      response_code: '',
      grpc_response_status: '',
      response_flags: flags,
    };
    const counter = this.#intern(this.#connections, labels, (own) => new ConnectionCounter(own));
    hop.connections.push({ flags, counter });
    return counter;
  }

  /** The counter of these labels, or of what is left of them when there are too many. */
  #intern<Counter>(
    counters: Map<string, Counter>,
    labels: Labels,
    make: (labels: Labels) => Counter,
  ): Counter {
    const known = counters.get(labelKey(labels));
    if (known !== undefined) return known;
    const full = counters.size >= this.#maxSeries;
    if (full) this.#folded++;
    const own = full ? foldedLabels(labels) : labels;
    const key = labelKey(own);
    const counter = counters.get(key) ?? make(own);
    counters.set(key, counter);
    return counter;
  }
}

/** Results of a hop that are found by a short search; others are looked up by their labels. */
const MAX_KNOWN = 64;

/** A local answer to a client of gRPC says the status that its HTTP status means. */
function grpcStatusOf({ status, details, grpcStatus: told }: Outcome): string {
  if (told !== undefined) return /^\d{1,2}$/.test(told) ? told : '2';
  return details === 'via_upstream' ? '' : String(grpcStatus(status));
}
