import type { CanonicalRequest } from '../../http/message.ts';
import type { RequestAuth } from '../../identity/jwt/token-verdict.ts';
import type { Connection, Direction, Peer } from './connection.ts';
import type { Edit } from './decision.ts';

/** What a chain starts from: a canonical request and who sent it. Nothing is proven yet. */
export interface Arrival {
  readonly request: CanonicalRequest;
  readonly connection: Connection;
}

/** What every step can look at. The request as it is judged is `request` changed by `edits`. */
export interface Evidence<D extends Direction = Direction> extends Arrival {
  readonly direction: D;
  readonly edits: readonly Edit[];
  /** What a verified token says of the request (RequestAuthentication); absent without one. */
  readonly requestAuth?: RequestAuth | undefined;
  /** What an authorizer has the response take over; absent = nothing. */
  readonly responseEdits?: readonly Edit[] | undefined;
}

/** The listener of this direction lets the connection speak (PeerAuthentication for inbound): only then it has one. */
export type Accepted<D extends Direction> = Evidence<D>;

/** Headers that claim an identity are edited out: `peer`, which the connection proved, is the only one left. */
export interface Authenticated<D extends Direction> extends Accepted<D> {
  readonly peer: Peer | undefined;
}
