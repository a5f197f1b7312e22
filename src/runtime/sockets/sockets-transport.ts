import type { Bundle, Svid } from '../../identity/svid.ts';
import type { Attempt, ProxyResponse, Transport, TransportError } from '../../proxy/forward/transport.ts';
import type { Cluster } from '../../snapshot/cluster.ts';
import type { Cancellation } from '../ports.ts';
import type { BodySource } from './body.ts';
import { DialTargets } from './dial-targets.ts';
import { H2Pool } from './h2-pool.ts';
import type { HostAddresses } from './host-addresses.ts';
import type { UpstreamConnection } from './upstream-connection.ts';
import { type PoolLimits, UpstreamPool } from './upstream-pool.ts';

const REPLAYABLE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

/** Sends requests over pooled HTTP/1.1 and HTTP/2 connections, plaintext or mesh TLS. */
export class SocketsTransport implements Transport<BodySource> {
  readonly #pool: UpstreamPool;
  readonly #h2: H2Pool;
  readonly #tlsKeys = new WeakMap<Cluster, string>();
  readonly #targets = new DialTargets();
  #version = 0;
  /** What the connections of this version prove: PEM. */
  #proof = '';

  /** `names` stands for what this process knows of names. */
  constructor(limits?: PoolLimits, names?: HostAddresses) {
    this.#pool = new UpstreamPool(limits, names);
    this.#h2 = new H2Pool(limits?.idleMs, names);
  }

  /**
   * What new mesh connections prove and trust. Those made with an earlier certificate are not reused; those that are
   * up and not trusted any more are reset.
   */
  setIdentity(svid: Svid, bundle: Bundle): void {
    this.#targets.setIdentity(svid, bundle);
    // Another trust alone disturbs nobody who is still believed.
    if (svid.chainPem === this.#proof) return;
    this.#proof = svid.chainPem;
    this.#version++;
    this.#pool.clear();
    this.#h2.clear();
  }

  send(attempt: Attempt<BodySource>, signal: Cancellation | undefined): Promise<ProxyResponse<BodySource>> {
    const { body } = attempt;
    const key = this.#key(attempt);
    const upgrade = body?.upgrade !== undefined;
    if (attempt.http2 && !upgrade) return this.#sendH2(key, attempt, signal);
    const reused = upgrade ? undefined : this.#pool.take(key);
    if (reused === undefined) return this.#sendFresh(key, attempt, signal);
    return new Promise((resolve, reject) => {
      reused.send(attempt, signal, resolve, (error) => {
        if (isStale(error, reused, attempt)) resolve(this.#sendFresh(key, attempt, signal));
        else reject(error);
      });
    });
  }

  async #sendH2(
    key: string,
    attempt: Attempt<BodySource>,
    signal: Cancellation | undefined,
  ): Promise<ProxyResponse<BodySource>> {
    return this.#h2.send(key, this.#targets.of(attempt), attempt, signal);
  }

  async #sendFresh(
    key: string,
    attempt: Attempt<BodySource>,
    signal: Cancellation | undefined,
  ): Promise<ProxyResponse<BodySource>> {
    const fresh = await this.#pool.connect(key, this.#targets.of(attempt), signal);
    return new Promise((resolve, reject) => fresh.send(attempt, signal, resolve, reject));
  }

  /** Connections waiting for reuse. */
  get idle(): number {
    return this.#pool.idle;
  }

  /** Closes idle connections; busy ones close when their exchange is over. */
  close(): void {
    this.#pool.close();
    this.#h2.close();
  }

  #key({ address, port, mesh, cluster }: Attempt<BodySource>): string {
    if (mesh) return `${address}|${port}|${this.#version}|${this.#tlsKey(cluster)}`;
    return cluster.tls.mode === 'server'
      ? `${address}|${port}||${this.#tlsKey(cluster)}`
      : `${address}|${port}`;
  }

  #tlsKey(cluster: Cluster): string {
    let key = this.#tlsKeys.get(cluster);
    if (key === undefined) {
      key = tlsKey(cluster.tls);
      this.#tlsKeys.set(cluster, key);
    }
    return key;
  }
}

/** What connections must have in common to stand for each other. */
function tlsKey(tls: Cluster['tls']): string {
  if (tls.mode === 'mesh') return `${tls.sni}|${[...tls.sans].sort().join('|')}`;
  return tls.mode === 'server' ? JSON.stringify([tls.serverName, tls.names, tls.roots]) : '';
}

/** Whether the server closed an idle connection while our request was on its way, and sending it twice is harmless. */
function isStale(error: TransportError, reused: UpstreamConnection, attempt: Attempt<BodySource>): boolean {
  if (error.failure !== 'reset' || reused.answered) return false;
  return !error.sent || (attempt.body === undefined && REPLAYABLE.has(attempt.request.method));
}
