import type { Snapshot } from '../src/snapshot/snapshot.ts';
import type { SourceMap } from '../src/snapshot/source-map.ts';

/** What the operator API of control answers; times are ms since the epoch. */
export interface Graph {
  readonly at: number;
  readonly seconds: number;
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

export interface GraphNode {
  readonly id: string;
  readonly kind: 'gateway' | 'workload' | 'service' | 'unknown';
  readonly namespace: string;
  readonly service: string;
  readonly workload: string;
  readonly version: string;
  readonly instances: number;
  readonly ready: number;
}

export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly requests: number;
  readonly rate: number;
  readonly errors: number;
  /** 0 to 1. */
  readonly errorRate: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly security: string;
  readonly protocol: string;
}

export interface ProxyRow {
  readonly instance: string;
  readonly kind: string;
  readonly namespace: string;
  readonly workload: string;
  readonly version: string;
  readonly runtime: string;
  readonly address: string;
  readonly port: number;
  readonly revision: number;
  readonly synced: boolean | string;
  readonly rejected?: { readonly revision?: number; readonly code: string; readonly detail: string };
  readonly certificate?: Certificate;
  readonly startedAt?: number;
  readonly lastReport?: number;
}

export interface Certificate {
  readonly id: string;
  readonly notBefore: number;
  readonly notAfter: number;
}

export interface Publication {
  readonly revision: number;
  readonly targets: readonly (readonly [name: string, snapshot: Snapshot])[];
  readonly sources: SourceMap;
}

export interface ResourceText {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly file: string;
  /** 1-based, of the document's beginning. */
  readonly line: number;
  readonly text: string;
}

export interface ResourceChange {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly change: 'added' | 'changed' | 'removed';
}

export interface Revision {
  readonly revision: number;
  readonly created: number;
  readonly inForce?: boolean;
  readonly summary: string;
  readonly changes: readonly ResourceChange[];
}

export interface RevisionDetail {
  /** Unified, by resource. */
  readonly diff: readonly (ResourceChange & { readonly diff: string })[];
}

export interface Change {
  /** Absent when it was refused. */
  readonly revision?: number;
  readonly diagnostics: readonly { readonly severity: string; readonly message: string }[];
}

/** Control said no, or nothing. `status` 0 = it does not answer. */
export class ControlError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'ControlError';
    this.status = status;
  }
}

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** Speaks to the operator API of the control that served the page. */
export class ControlApi {
  readonly #fetch: Fetch;
  readonly #token: string;

  constructor(token: string, fetch: Fetch) {
    this.#token = token;
    this.#fetch = fetch;
  }

  graph = (seconds: number): Promise<Graph> => this.#ask('GET', `graph?seconds=${seconds}`);
  proxies = (): Promise<ProxyRow[]> => this.#ask('GET', 'proxies');
  publication = (): Promise<Publication> => this.#ask('GET', 'publication');
  resources = (): Promise<ResourceText[]> => this.#ask('GET', 'resources');
  history = (): Promise<Revision[]> => this.#ask('GET', 'history');
  revision = (revision: number): Promise<RevisionDetail> => this.#ask('GET', `history/${revision}`);
  rollback = (revision: number): Promise<Change> => this.#ask('POST', 'rollback', { revision });
  configuration = (instance: string, part: string): Promise<unknown> =>
    this.#ask('GET', `proxies/${encodeURIComponent(instance)}/config/${part}`);

  async #ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const headers = { authorization: `Bearer ${this.#token}`, 'content-type': 'application/json' };
    const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const response = await this.#fetch(`/v1/admin/${path}`, init).catch(() => {
      throw new ControlError(0, 'Control does not answer. Is the mesh still running?');
    });
    if (response.ok) return (await response.json()) as T;
    throw new ControlError(response.status, refusal(response.status, await response.text()));
  }
}

function refusal(status: number, text: string): string {
  if (status === 401) return 'The admin token is missing or is of an earlier run of the mesh.';
  return `Control answers ${status}: ${text.slice(0, 500)}`;
}
