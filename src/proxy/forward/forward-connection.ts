import type { Clock, Random } from '../../runtime/ports.ts';
import type { Cluster } from '../../snapshot/cluster.ts';
import type { Connection } from '../decide/connection.ts';
import type { Forward } from '../decide/decision.ts';
import type { RawArrival } from '../exchange.ts';
import type { PeerMetadata } from '../peer-metadata.ts';
import { balance } from './balance.ts';
import type { Candidate, CandidatePool, EndpointTable } from './endpoint-table.ts';
import { healthyPool } from './healthy-pool.ts';
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
  /** The server as the registry describes it; absent where nobody registered it. */
  readonly registered?: PeerMetadata | undefined;
  /** Whether it went by mesh TLS. */
  readonly mesh?: boolean;
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
  /** Hears of a connection that was made, with nothing sent yet; `onConnection` follows when it ends. */
  readonly onOpened?: OnConnection;
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
  const tell = (hear: OnConnection | undefined): Report => {
    return (flag, details, traffic, server = NO_SERVER, failure = '') => {
      const durationMs = deps.clock.now() - startedAt;
      const outcome = { ...traffic, ...server, flag, details, cluster: decision.cluster, failure };
      hear?.({ ...outcome, startedAt, durationMs }, arrival.connection);
    };
  };
  const report = tell(deps.onConnection);
  if (cluster === undefined) return fail(LOCAL_REPLIES.noCluster, report);
  const all = deps.endpoints.resolve(cluster, authority, arrival.connection.original);
  const pool = healthyPool(all, deps.clock.monotonic());
  const candidate = balance(cluster.balancer, pool, [], () => deps.random.unit());
  if (candidate === undefined) return fail(LOCAL_REPLIES.noHealthyUpstream, report);
  if (pool.circuit?.enter() === false) return fail(LOCAL_REPLIES.overflow, report);
  const use = { ...candidate, circuit: pool.circuit };
  return connect(cluster, use, arrival, deps.streams, { ended: report, opened: tell(deps.onOpened) });
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
  server?: Server,
  failure?: string,
) => void;

/** Who is at the other end, as far as an outcome tells. */
type Server = Pick<ConnectionOutcome, 'endpoint' | 'registered' | 'mesh'>;

const NO_SERVER: Server = { endpoint: '' };

interface Reports {
  readonly opened: Report;
  readonly ended: Report;
}

async function connect<Body>(
  cluster: Cluster,
  candidate: Candidate & Pick<CandidatePool, 'circuit'>,
  { body, signal }: RawArrival<Body>,
  streams: StreamTransport<Body>,
  { opened: reportOpened, ended: report }: Reports,
): Promise<Opened<Body>> {
  const { address, port, load, metadata: registered } = candidate;
  const mesh = candidate.mesh && cluster.tls.mode === 'mesh';
  const server: Server = { endpoint: `${address}:${port}`, registered, mesh };
  if (cluster.tls.mode === 'mesh' && cluster.tls.required && !mesh) {
    candidate.circuit?.leave();
    return fail(LOCAL_REPLIES.connectFailure, report, server, 'the endpoint speaks no mesh TLS');
  }
  load.active++;
  const leave = () => {
    load.active--;
    candidate.circuit?.leave();
  };
  try {
    const opened = await streams.open({ cluster, address, port, mesh }, body, signal, (traffic) => {
      leave();
      report(traffic.complete ? '-' : 'UC', 'via_upstream', traffic, server);
    });
    reportOpened('-', 'via_upstream', NO_TRAFFIC, server);
    return { kind: 'opened', body: opened };
  } catch (error) {
    leave();
    if (!(error instanceof TransportError)) throw error;
    const reply = error.failure === 'aborted' ? LOCAL_REPLIES.clientGone : LOCAL_REPLIES.connectFailure;
    return fail(reply, report, server, error.message);
  }
}

function fail<Body>(reply: LocalReply, report: Report, server?: Server, failure?: string): Opened<Body> {
  report(reply.flag, reply.details, NO_TRAFFIC, server, failure);
  return { kind: 'failed', reply };
}
