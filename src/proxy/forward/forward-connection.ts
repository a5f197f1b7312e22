import type { Clock, Random } from '../../runtime/ports.ts';
import type { Cluster } from '../../snapshot/cluster.ts';
import type { Connection } from '../decide/connection.ts';
import type { Forward } from '../decide/decision.ts';
import type { RawArrival } from '../exchange.ts';
import { balance } from './balance.ts';
import type { Candidate, EndpointTable } from './endpoint-table.ts';
import { LOCAL_REPLIES, type LocalReply } from './local-reply.ts';
import type { OutcomeFlag } from './outcome.ts';
import type { StreamTransport, Traffic } from './stream-transport.ts';
import { TransportError } from './transport.ts';

/** What became of one connection whose bytes were passed on unread. */
export interface ConnectionOutcome extends Traffic {
  readonly flag: OutcomeFlag;
  /** Envoy's connection termination or response code details. */
  readonly details: string;
  /** Cluster name, or empty. */
  readonly cluster: string;
  /** `address:port`, or empty. */
  readonly endpoint: string;
  /** Why no connection was made, in the transport's words, or empty. */
  readonly failure: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly durationMs: number;
}

/** Hears every finished connection once. */
export type OnConnection = (outcome: ConnectionOutcome, connection: Connection) => void;

/** What `forwardConnection` works with. */
export interface ConnectionDeps<Body> {
  readonly endpoints: EndpointTable;
  readonly streams: StreamTransport<Body>;
  readonly clock: Clock;
  readonly random: Random;
  readonly onConnection?: OnConnection;
}

/** The upstream's bytes, or why there are none. */
export type Opened<Body> =
  | { readonly kind: 'opened'; readonly body: Body }
  | { readonly kind: 'failed'; readonly reply: LocalReply };

const NO_TRAFFIC: Traffic = { sent: 0, received: 0, complete: true };

/**
 * Carries a Forward of a connection out: balance → connect, once, as bytes that were sent cannot be sent again.
 * `authority` serves clusters that dial what was asked for. Never rejects for what an upstream does.
 */
export async function forwardConnection<Body>(
  decision: Forward,
  clusters: ReadonlyMap<string, Cluster>,
  authority: string,
  arrival: RawArrival<Body>,
  deps: ConnectionDeps<Body>,
): Promise<Opened<Body>> {
  const startedAt = deps.clock.now();
  const cluster = clusters.get(decision.cluster);
  const report: Report = (flag, details, traffic, endpoint = '', failure = '') => {
    const durationMs = deps.clock.now() - startedAt;
    const outcome = { ...traffic, flag, details, cluster: decision.cluster, endpoint, failure };
    deps.onConnection?.({ ...outcome, startedAt, durationMs }, arrival.connection);
  };
  if (cluster === undefined) return fail(LOCAL_REPLIES.noCluster, report);
  const pool = deps.endpoints.resolve(cluster, authority);
  const candidate = balance(cluster.balancer, pool, [], () => deps.random.unit());
  if (candidate === undefined) return fail(LOCAL_REPLIES.noHealthyUpstream, report);
  return connect(cluster, candidate, arrival, deps.streams, report);
}

/** A connection that a decision closes: what is told of it. */
export function closedOutcome(flag: OutcomeFlag, details: string, now: number): ConnectionOutcome {
  const none = { cluster: '', endpoint: '', failure: '', startedAt: now, durationMs: 0 };
  return { ...NO_TRAFFIC, flag, details, ...none };
}

type Report = (
  flag: OutcomeFlag,
  details: string,
  traffic: Traffic,
  endpoint?: string,
  failure?: string,
) => void;

async function connect<Body>(
  cluster: Cluster,
  candidate: Candidate,
  { body, signal }: RawArrival<Body>,
  streams: StreamTransport<Body>,
  report: Report,
): Promise<Opened<Body>> {
  const { address, port, load } = candidate;
  const endpoint = `${address}:${port}`;
  const mesh = candidate.mesh && cluster.tls.mode === 'mesh';
  if (cluster.tls.mode === 'mesh' && cluster.tls.required && !mesh) {
    return fail(LOCAL_REPLIES.connectFailure, report, endpoint, 'the endpoint speaks no mesh TLS');
  }
  load.active++;
  try {
    const opened = await streams.open({ cluster, address, port, mesh }, body, signal, (traffic) => {
      load.active--;
      report(traffic.complete ? '-' : 'UC', 'via_upstream', traffic, endpoint);
    });
    return { kind: 'opened', body: opened };
  } catch (error) {
    load.active--;
    if (!(error instanceof TransportError)) throw error;
    const reply = error.failure === 'aborted' ? LOCAL_REPLIES.clientGone : LOCAL_REPLIES.connectFailure;
    return fail(reply, report, endpoint, error.message);
  }
}

function fail<Body>(reply: LocalReply, report: Report, endpoint?: string, failure?: string): Opened<Body> {
  report(reply.flag, reply.details, NO_TRAFFIC, endpoint, failure);
  return { kind: 'failed', reply };
}
