import type { HeaderList } from './header-list.ts';

/** A request head exactly as it arrived, before anything judged it. */
export interface RawRequestHead {
  readonly method: string;
  /** The request target of RFC 9112 §3.2, byte for byte (origin-form or absolute-form). */
  readonly target: string;
  readonly headers: HeaderList;
}

/**
 * The one form of a request that policy, routing, logging and forwarding see.
 * Only `canonicalRequest` makes it.
 */
export interface CanonicalRequest {
  readonly method: string;
  readonly scheme: 'http' | 'https';
  /** `host` or `host:port`, lower-case, as it is forwarded. */
  readonly authority: string;
  /** The authority without its port and without a trailing dot; IPv6 keeps its brackets. */
  readonly host: string;
  /** The port written in the authority. */
  readonly port: number | undefined;
  /** The normalised path, beginning with `/`; no query. */
  readonly path: string;
  /** Empty, or begins with `?`. */
  readonly query: string;
  /** Without Host (the authority has it); hop-by-hop fields are still there for the codec to judge. */
  readonly headers: HeaderList;
}

/** Why a head was refused at the door. */
export interface Refusal {
  readonly status: number;
  readonly reason: string;
}

/** A response head on its way from an upstream or a local reply to the client. */
export interface ResponseHead {
  readonly status: number;
  readonly reason: string;
  readonly headers: HeaderList;
}

/** Istio's MeshConfig.pathNormalization.normalization; DEFAULT is BASE. */
export type PathNormalization = 'NONE' | 'BASE' | 'MERGE_SLASHES' | 'DECODE_AND_MERGE_SLASHES';
