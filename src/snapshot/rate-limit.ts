import type { Attribute, Rule } from './policy.ts';

/** One of RateLimit limits[], resolved. */
export interface RateLimit {
  /** Source key. */
  readonly source: string;
  /** `namespace/resource/limit`. */
  readonly id: string;
  /** What clients are told it is called. */
  readonly name: string;
  /** Of a gateway: the Gateways that it is attached to (targetRefs); absent = all of them. */
  readonly gateways?: readonly string[];
  /** Requests that one of them matches are counted; empty = all. */
  readonly rules: readonly Rule[];
  /** Requests with the same values are counted together; empty = all of them. */
  readonly key: readonly Attribute[];
  /** As many in `periodMs`, one by one. */
  readonly requests: number;
  readonly periodMs: number;
  /** As many at once. */
  readonly burst: number;
  /** Who counts together: this proxy alone, or all that share a store. */
  readonly scope: 'local' | 'global';
  /** What happens while nobody can count. */
  readonly onBackendFailure: 'allow' | 'deny';
}
