/** Answers of control's operator API, as far as commands read them. Times are milliseconds since the epoch. */

/** A running proxy. */
export interface RunningProxy {
  readonly instance: string;
  readonly kind: 'gateway' | 'sidecar';
  readonly namespace: string;
  readonly workload: string;
  readonly runtime: string;
  /** Weft's version; empty when it has not reported. */
  readonly weft: string;
  readonly address: string;
  readonly port: number;
  readonly revision: number;
  readonly synced: boolean;
  readonly rejected?: { readonly code: string; readonly detail: string };
  readonly certificate?: { readonly id: string; readonly notBefore: number; readonly notAfter: number };
  readonly startedAt: number;
  /** 0 = it has not reported. */
  readonly lastReport: number;
  readonly skewMs: number;
}

/** Traffic of some time. */
export interface Traffic {
  readonly requests: number;
  /** Per second. */
  readonly rate: number;
  /** 0 to 1. */
  readonly errorRate: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

export interface GraphNode {
  readonly id: string;
  readonly kind: string;
  readonly namespace: string;
  readonly service: string;
  readonly workload: string;
  readonly version: string;
  readonly instances: number;
  readonly ready: number;
  readonly served: Traffic;
}

export interface GraphEdge extends Traffic {
  readonly from: string;
  readonly to: string;
  readonly security: string;
  readonly protocol: string;
}

export interface Graph {
  readonly seconds: number;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

/** What a revision did to one resource. */
export interface ResourceDiff {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly change: 'added' | 'changed' | 'removed';
  /** Unified, without file names. */
  readonly diff: string;
}

export interface Revision {
  readonly revision: number;
  readonly created: number;
  readonly inForce: boolean;
  readonly summary: string;
}

/** The mesh as a whole. */
export interface MeshStatus {
  readonly mesh: string;
  readonly now: number;
  readonly revision: number;
  readonly expires: number;
  readonly signingKeys: readonly string[];
  /** PEM. */
  readonly roots: string;
  readonly unreadable: readonly string[];
  /** `namespace/name`. */
  readonly workloads: readonly string[];
}

/** As istioctl writes a proxy: `reviews-v1.default`. */
export const proxyName = ({ workload, namespace }: Pick<RunningProxy, 'workload' | 'namespace'>): string =>
  `${workload}.${namespace}`;

/** `json`, as every command writes it. */
export function jsonText(fields: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ apiVersion: 'cli.weft.dev/v1', ...fields }, null, 2);
}

/** A length of time in its two largest units: `23h58m`, `4m10s`, `7s`. */
export function lifeText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const [days, hours, minutes] = [86_400, 3600, 60].map((unit) => Math.floor(seconds / unit));
  if (days) return `${days}d${(hours ?? 0) % 24}h`;
  if (hours) return `${hours}h${(minutes ?? 0) % 60}m`;
  if (minutes) return `${minutes}m${seconds % 60}s`;
  return `${seconds}s`;
}
