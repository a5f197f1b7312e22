import type { StringMatch } from '../match/value-match.ts';

/** An external service that judges requests over HTTP (MeshConfig extensionProviders[].envoyExtAuthzHttp). */
export interface Authorizer {
  readonly name: string;
  /** Cluster name. */
  readonly cluster: string;
  readonly timeoutMs: number;
  /** Stands before the path of the request; empty = none. */
  readonly pathPrefix: string;
  /** Whether requests pass that it cannot be asked about. */
  readonly failOpen: boolean;
  /** What those get that do not pass. */
  readonly statusOnError: number;
  /** Names of the request's headers that it is told, beside those that it is always told. */
  readonly requestHeaders: readonly StringMatch[];
  /** What it is told of every request; these stand in for the client's own. */
  readonly addedHeaders: readonly (readonly [name: string, value: string])[];
  /** Absent = it sees no bodies. */
  readonly body?: AuthorizerBody;
  /** Names of its headers that the request takes over when it allows. */
  readonly headersToUpstream: readonly StringMatch[];
  /** Names of its headers that the client gets when it denies; empty = all of them. */
  readonly headersOnDeny: readonly StringMatch[];
  /** Names of its headers that the response takes over when it allows. */
  readonly headersOnAllow: readonly StringMatch[];
}

/** How much of a request's body an authorizer sees. */
export interface AuthorizerBody {
  readonly maxBytes: number;
  /** Whether it judges by the beginning of a longer one, which else gets 413. */
  readonly allowPartial: boolean;
}
