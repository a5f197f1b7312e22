import type { SpiffeId } from '../../identity/spiffe.ts';

export type Direction = 'inbound' | 'outbound' | 'gateway';

/** Who is connected, and how; made by a listener once per connection. */
export interface Connection {
  readonly direction: Direction;
  /** Inbound: the workload port. Outbound and gateway: the listener's own port. */
  readonly port: number;
  readonly scheme: 'http' | 'https';
  /** IP addresses without port; empty where the platform does not tell. */
  readonly remoteAddress: string;
  readonly localAddress: string;
  /** `connection_security_policy` of the hop. */
  readonly security: 'mutual_tls' | 'none';
  /** Only a peer whose certificate was verified. */
  readonly peer: Peer | undefined;
  readonly serverName: string | undefined;
}

/** The workload on the other side of a verified connection. */
export interface Peer {
  readonly id: SpiffeId;
}
