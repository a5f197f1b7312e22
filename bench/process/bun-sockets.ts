/** The part of Bun's own sockets that load and origin use: they cost half of what `node:net` does. */
export interface BunSocket<State> {
  data: State;
  write(bytes: Uint8Array): number;
  setNoDelay(on: boolean): void;
  end(): void;
}

/** What happens on a socket; `drain` follows a `write` that took less than it was given. */
export interface BunHandlers<State> {
  open(socket: BunSocket<State>): void;
  data(socket: BunSocket<State>, bytes: Buffer): void;
  drain(socket: BunSocket<State>): void;
  close(socket: BunSocket<State>): void;
  error(socket: BunSocket<State>, error: Error): void;
  /** The end of a TLS handshake. */
  handshake?(socket: BunSocket<State>): void;
}

export interface BunTls {
  readonly serverName: string;
  /** As in the extension: each name after its length. */
  readonly ALPNProtocols: Uint8Array;
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
  readonly rejectUnauthorized: boolean;
}

interface Place<State> {
  readonly hostname: string;
  readonly port: number;
  readonly data?: State;
  readonly tls?: BunTls;
  readonly socket: BunHandlers<State>;
}

declare const Bun: {
  listen<State>(place: Place<State>): { readonly port: number };
  connect<State>(place: Place<State>): Promise<BunSocket<State>>;
};

/** Opens a port of loopback; returns which. */
export function listenBun<State>(socket: BunHandlers<State>): number {
  return Bun.listen({ hostname: '127.0.0.1', port: 0, socket }).port;
}

/** Connects to a port of loopback; rejects where nobody listens. */
export function connectBun<State>(
  port: number,
  data: State,
  socket: BunHandlers<State>,
  tls: BunTls | undefined,
): Promise<BunSocket<State>> {
  const place = { hostname: '127.0.0.1', port, data, socket };
  return Bun.connect(tls === undefined ? place : { ...place, tls });
}
