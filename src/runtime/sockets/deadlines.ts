/** How long a client connection may keep the proxy waiting, in ms. */
export interface Deadlines {
  /** From the first byte of a head to its last. */
  readonly headerMs: number;
  /** Without a request. */
  readonly idleMs: number;
  /** Without progress of a body that the client sends or takes. */
  readonly bodyIdleMs: number;
  /** ClientHello and TLS handshake together. */
  readonly handshakeMs: number;
  /** From the end of our side to the end of theirs. */
  readonly lingerMs: number;
  /** Without a byte in either direction of a tunnel or a TCP connection. */
  readonly tunnelIdleMs: number;
  /** From the end of a client's certificate to the end of its connection. */
  readonly leaveMs: number;
}

export const DEFAULT_DEADLINES: Deadlines = {
  headerMs: 10_000,
  idleMs: 60_000,
  bodyIdleMs: 60_000,
  handshakeMs: 10_000,
  lingerMs: 2_000,
  tunnelIdleMs: 3_600_000,
  leaveMs: 10_000,
};

/** How often deadlines are looked at, twice before one is over: they are late by a quarter at most, or by two seconds. */
export function sweepInterval(deadlines: Deadlines): number {
  return Math.max(5, Math.min(1000, ...Object.values(deadlines).map((ms: number) => ms / 8)));
}
