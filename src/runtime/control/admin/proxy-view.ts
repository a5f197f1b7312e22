import type { Bundle } from '../../../identity/svid.ts';
import type { SvidSource } from '../../../identity/svid-source.ts';
import type { ClusterStatus } from '../../../proxy/telemetry/cluster-status.ts';
import type { LogLevel } from '../../log-line.ts';

/** What the readiness of a proxy hangs on. */
export interface ProxyStatus {
  /** Whether requests should come here: there is a configuration and an identity, and the proxy is not leaving. */
  readonly ready: boolean;
  readonly leaving: boolean;
  /** Of the snapshot in force; 0 = none. */
  readonly revision: number;
  readonly active: { readonly snapshot: unknown } | undefined;
  /** Since when control answers nothing, ms since the epoch; undefined while it does. */
  readonly controlAwaySince?: number | undefined;
}

/** What a proxy tells of its traffic. */
export interface ProxyStats {
  /** Prometheus' text exposition format. */
  prometheus(): string;
}

/** A port of the data path. */
export interface OpenPort {
  /** E.g. `virtualInbound`. */
  readonly name: string;
  readonly address: string;
  readonly port: number;
  /** Open connections. */
  readonly connections: number;
}

/** Who the process is. */
export interface ServerFacts {
  readonly version: string;
  /** E.g. `deno 2.9.6`. */
  readonly runtime: string;
  /** Of the instance among those of the mesh. */
  readonly instance: string;
  readonly mesh: string;
  readonly namespace: string;
  readonly workload: string;
  /** Ms since the epoch. */
  readonly startedAt: number;
}

/** What a proxy lets its admin pages see and do. No secret is among it. */
export interface ProxyView {
  readonly status: ProxyStatus;
  readonly server: ServerFacts;
  readonly svids: SvidSource;
  readonly bundle: () => Bundle;
  readonly stats: ProxyStats;
  readonly clusters: () => readonly ClusterStatus[];
  readonly ports: () => readonly OpenPort[];
  readonly log: { level: LogLevel };
  /** Ms since the epoch. */
  readonly now: () => number;
  /** Whether a name passes the operator's pattern (RE2); throws on one that is none. */
  readonly filter: (pattern: string) => (name: string) => boolean;
  /** Leaves the mesh and closes the inbound ports, or all of them. */
  readonly drain: (inboundOnly: boolean) => void;
  /** Ends the process after a drain. */
  readonly quit: () => void;
}
