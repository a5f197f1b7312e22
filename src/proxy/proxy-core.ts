import type { FetchDocument } from '../identity/jwt/remote-keys.ts';
import type { Membership } from '../identity/membership.ts';
import type { SvidSource } from '../identity/svid-source.ts';
import type { Clock, Log, RateLimitStore } from '../runtime/ports.ts';
import { logRejection } from '../snapshot/log-rejection.ts';
import type { SnapshotParts } from '../snapshot/shard-reader.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import type { SnapshotErrorCode } from '../snapshot/snapshot-error.ts';
import { RateLimiter } from './limits/rate-limiter.ts';
import { ProxyState } from './proxy-state.ts';
import type { AccessLog } from './telemetry/access-log.ts';
import { type ClusterStatus, clusterStatuses } from './telemetry/cluster-status.ts';
import { Telemetry } from './telemetry/telemetry.ts';
import { VERSION } from './telemetry/version.ts';
import { TokenAuthenticator } from './token-authenticator.ts';

/** What a proxy that is a process of its own gives its core. */
export interface ProxyCoreParts {
  readonly membership: Membership;
  /** Of this process, unique among those of the workload. */
  readonly nonce: string;
  /** E.g. `deno 2.9.6`. */
  readonly runtime: string;
  /** Where the application behind a sidecar listens, or on its `workload` ports; a gateway has none. */
  readonly appPort?: number | 'workload';
  readonly svids: SvidSource;
  readonly accessLog: AccessLog | undefined;
  /** Fetches the keys of tokens. */
  readonly fetchKeys: FetchDocument;
  /** Counts limits of scope global; undefined = nobody does. */
  readonly limitStore: RateLimitStore | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** What a proxy knows and remembers: configuration in force, tokens, limits, telemetry. */
export class ProxyCore {
  readonly state: ProxyState;
  readonly tokens: TokenAuthenticator;
  readonly limits: RateLimiter;
  readonly telemetry: Telemetry;
  readonly #log: Log;

  constructor(parts: ProxyCoreParts) {
    const { membership, nonce, runtime, svids, accessLog, fetchKeys: fetch, clock, log } = parts;
    const state = new ProxyState(parts.appPort);
    const limits = new RateLimiter({ store: parts.limitStore, clock, log });
    this.state = state;
    this.limits = limits;
    this.tokens = new TokenAuthenticator({ fetch, clock, log });
    this.telemetry = new Telemetry({
      instance: `${membership.workload}-${nonce}`,
      meshId: membership.mesh,
      runtime,
      version: VERSION,
      clock,
      active: () => state.active,
      revision: () => state.revision,
      svids,
      accessLog,
      limits: () => limits.counts,
      keyFetches: () => this.tokens.fetches,
    });
    this.#log = log;
  }

  /** Every cluster with its endpoints of this moment. */
  get clusters(): readonly ClusterStatus[] {
    return clusterStatuses(this.state.active, this.state.endpoints);
  }

  /** Puts a configuration in force; throws, and keeps the old one, when it cannot be compiled. */
  activate(snapshot: Snapshot, revision: number, parts?: SnapshotParts): void {
    this.state.activate(snapshot, revision, parts);
    this.tokens.retain(snapshot);
    this.limits.retain(snapshot);
    this.telemetry.accept();
    this.#log.info('snapshot activated', { revision });
  }

  /** A configuration was refused: what is in force stays. */
  reject(code: SnapshotErrorCode, detail: string): void {
    // A store that is away has offered nothing that could be refused.
    if (code !== 'E_STORE') this.telemetry.reject(code, detail);
    logRejection(this.#log, this.state.revision, code, detail);
  }
}
