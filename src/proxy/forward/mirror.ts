import { portStart } from '../../http/authority.ts';
import type { CanonicalRequest } from '../../http/message.ts';
import type { Cluster } from '../../snapshot/cluster.ts';
import type { Forward } from '../decide/decision.ts';
import type { Exchange } from '../exchange.ts';
import { balance } from './balance.ts';
import { Deadline } from './deadline.ts';
import type { Candidate, CandidatePool } from './endpoint-table.ts';
import { type ForwardDeps, REPLAY_LIMIT } from './forward-deps.ts';
import { healthyPool } from './healthy-pool.ts';
import type { Attempt, ProxyResponse } from './transport.ts';

/** How long a copy may take where its route sets no timeout. */
const COPY_TIMEOUT_MS = 15_000;
/** Copies under way to one cluster; more are dropped. */
const MAX_COPIES = 256;

/**
 * Sends copies of a request to the mirrors of its route; nobody waits for them, and nothing that becomes of them is
 * told. A copy with a body goes out when the request was read whole. Returns the body to forward in the place of the
 * exchange's; `onDropped` is called when the body was too long to be copied.
 */
export function mirror<Body>(
  decision: Forward,
  request: CanonicalRequest,
  exchange: Exchange<Body>,
  deps: ForwardDeps<Body>,
  onDropped: () => void,
): Body | undefined {
  const { body } = exchange;
  const copy = copyOf(request);
  const way = { authority: request.authority, http2: exchange.connection.http2 === true, decision, deps };
  const send = async (make: (() => Body) | undefined) => {
    await undefined; // The request itself goes first.
    await Promise.all((decision.mirrors ?? []).map((name) => sendCopy(name, copy, make?.(), way)));
  };
  if (body === undefined) {
    keepAlive(send(undefined), exchange);
    return undefined;
  }
  const { promise, resolve } = Promise.withResolvers<void>();
  const passed = deps.bodies.copy?.(body, REPLAY_LIMIT, (make) => {
    if (make === undefined) onDropped();
    resolve(make === undefined ? undefined : send(make));
  });
  if (passed === undefined) onDropped();
  else keepAlive(promise, exchange);
  return passed ?? body;
}

/** Envoy marks the host of a copy: `reviews:9080` becomes `reviews-shadow:9080`. */
function copyOf(request: CanonicalRequest): CanonicalRequest {
  const { authority, host } = request;
  const start = portStart(authority);
  const marked = `${authority.slice(0, start)}-shadow${authority.slice(start)}`;
  return { ...request, authority: marked, host: `${host}-shadow`, headers: request.headers.copy() };
}

function keepAlive<Body>(work: Promise<unknown>, { background }: Exchange<Body>): void {
  background?.(work.catch(() => undefined));
}

/** What all copies of a request have in common. */
interface Way<Body> {
  /** Before it was marked. */
  readonly authority: string;
  /** Whether the client speaks HTTP/2. */
  readonly http2: boolean;
  readonly decision: Forward;
  readonly deps: ForwardDeps<Body>;
}

async function sendCopy<Body>(
  name: string,
  request: CanonicalRequest,
  body: Body | undefined,
  way: Way<Body>,
): Promise<void> {
  const { authority, decision, deps } = way;
  const { clock, random, bodies } = deps;
  const cluster = deps.clusters.get(name);
  const all = cluster && deps.endpoints.resolve(cluster, authority);
  const pool = all && healthyPool(all, clock.monotonic());
  const candidate = pool && balance(cluster.balancer, pool, [], () => random.unit());
  const attempt = candidate && attemptTo(cluster, candidate, request, body, way);
  const leave = attempt && all && enter(all, candidate);
  if (attempt === undefined || leave === undefined) {
    if (body !== undefined) bodies.cancel(body);
    return;
  }
  const deadline = new Deadline(clock, decision.timeoutMs || COPY_TIMEOUT_MS, undefined);
  try {
    const response = await deps.transport.send(attempt, deadline.signal);
    await drain(response, deps);
  } catch {
    // Nobody hears of it, as in Envoy.
  } finally {
    deadline.cancel();
    leave();
  }
}

function attemptTo<Body>(
  cluster: Cluster,
  { address, port, mesh: sidecar }: Candidate,
  request: CanonicalRequest,
  body: Body | undefined,
  { http2, deps: { metadata } }: Way<Body>,
): Attempt<Body> | undefined {
  const mesh = sidecar && cluster.tls.mode === 'mesh';
  if (!mesh && cluster.tls.mode === 'mesh' && cluster.tls.required) return undefined;
  const told = metadata?.toServer(request, mesh) ?? request;
  const multiplexed = cluster.protocol === 'http2' || (mesh && http2);
  return { request: told, body, cluster, address, port, mesh, http2: multiplexed };
}

/** Counts a copy in; undefined when there are too many of them, or the cluster's circuit is full. */
function enter({ circuit, copies }: CandidatePool, { load }: Candidate): (() => void) | undefined {
  if (copies === undefined || copies.active >= MAX_COPIES || circuit?.enter() === false) return undefined;
  copies.active++;
  load.active++;
  return () => {
    copies.active--;
    load.active--;
    circuit?.leave();
  };
}

function drain<Body>({ body }: ProxyResponse<Body>, { bodies }: ForwardDeps<Body>): Promise<void> {
  return new Promise((resolve) => {
    if (body === undefined || typeof body === 'string') return resolve();
    if (bodies.drain !== undefined) return bodies.drain(body, resolve);
    bodies.cancel(body);
    resolve();
  });
}
