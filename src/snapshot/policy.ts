import type { ValueMatch } from '../match/value-match.ts';
import type { Authorizer } from './authorizer.ts';

/** PeerAuthentication, resolved for one port. */
export type MtlsMode = 'STRICT' | 'PERMISSIVE' | 'DISABLE';

/** One AuthorizationPolicy. No rules = nothing matches. */
export interface Policy {
  /** `namespace/name`. */
  readonly name: string;
  readonly source: string;
  readonly action: 'ALLOW' | 'DENY' | 'AUDIT' | 'CUSTOM';
  /** Of CUSTOM: who judges what matches; absent = nobody can, and what matches is denied. */
  readonly authorizer?: Authorizer;
  /** Of a gateway: the Gateways that it is attached to (targetRefs); absent = all of them. */
  readonly gateways?: readonly string[];
  /** `istio.io/dry-run`: evaluated, never enforced. */
  readonly dryRun: boolean;
  readonly rules: readonly Rule[];
}

/** `from` any ∧ `to` any ∧ `when` all; an empty list is no condition. */
export interface Rule {
  readonly source: string;
  readonly from: readonly (readonly Condition[])[];
  readonly to: readonly (readonly Condition[])[];
  readonly when: readonly Condition[];
}

/** Any of `values` holds (empty = no demand) and none of `notValues` does. A missing attribute matches nothing. */
export interface Condition {
  readonly attribute: Attribute;
  readonly values: readonly ValueMatch[];
  readonly notValues: readonly ValueMatch[];
}

/** What a condition looks at (AuthorizationPolicy source, operation and condition keys). */
export type Attribute =
  | { readonly kind: 'source.principal' }
  | { readonly kind: 'source.namespace' }
  | { readonly kind: 'source.serviceAccount' }
  | { readonly kind: 'source.trustDomain' }
  | { readonly kind: 'source.ip' }
  | { readonly kind: 'remote.ip' }
  | { readonly kind: 'request.method' }
  | { readonly kind: 'request.path' }
  | { readonly kind: 'request.host' }
  | { readonly kind: 'request.header'; readonly name: string }
  | { readonly kind: 'request.auth.principal' }
  | { readonly kind: 'request.auth.audiences' }
  | { readonly kind: 'request.auth.presenter' }
  | { readonly kind: 'request.auth.claim'; readonly path: readonly string[] }
  | { readonly kind: 'destination.ip' }
  | { readonly kind: 'destination.port' }
  | { readonly kind: 'connection.sni' };
