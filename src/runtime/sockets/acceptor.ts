import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Connection } from '../../proxy/decide/connection.ts';
import type { ConnectionHandler, Handler } from '../../proxy/exchange.ts';
import type { Log } from '../ports.ts';
import { giveBackBelowTls } from './below-tls.ts';
import type { BodySource } from './body.ts';
import { setCarrier } from './carrier.ts';
import type { ConnectionLimits } from './connection-limits.ts';
import { ConnectionQuota } from './connection-quota.ts';
import { DEFAULT_DEADLINES, type Deadlines, sweepInterval } from './deadlines.ts';
import { H2ServerSession } from './h2-server-session.ts';
import { Refusals } from './refusals.ts';
import { ServerConnection } from './server-connection.ts';
import type { ServerOptions } from './server-options.ts';
import type { Serving } from './serving.ts';
import { type Sniffed, sniff } from './sniff.ts';
import { addressOf, clientOf } from './socket-address.ts';
import { TcpConnection } from './tcp-connection.ts';

/** What every port of a proxy is given. */
export interface AcceptOptions extends Partial<ConnectionLimits> {
  /** IP address to bind. */
  readonly address: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Whether other processes of this user may listen there too (SO_REUSEPORT): a successor, before this one has left. */
  readonly reusePort?: boolean;
  readonly handler: Handler<BodySource>;
  /** Takes the connections whose bytes are passed on; without it they are closed. */
  readonly tcp?: ConnectionHandler<BodySource>;
  /** Whether such a connection may go on under the policy of now; without it all may. */
  readonly keepsTcp?: (connection: Connection) => boolean;
  readonly log: Log;
  readonly deadlines?: Partial<Deadlines>;
}

/** A connection that serves, and how it came in. */
export interface Place<Entry> {
  /** The TLS socket where there is TLS that ends here. */
  readonly socket: Socket;
  readonly connection: Connection;
  readonly protocol: 'http' | 'tcp';
  readonly entry: Entry;
}

interface Kept<Entry> extends Place<Entry> {
  /** Until when it may stay although its client's certificate is over; of `performance.now()`. */
  leaveBy: number;
}

const NEVER = Number.POSITIVE_INFINITY;

/**
 * An open TCP port and every connection on it, from its acceptance to its end: quota, deadlines, handshakes, recheck
 * and drain. `Entry` is what a listener wants to know of a connection's way in.
 */
export class Acceptor<Entry> {
  readonly #options: AcceptOptions;
  readonly #server: Server;
  readonly #shared: ServerOptions;
  readonly #quota: ConnectionQuota;
  readonly #refusals: Refusals;
  readonly #onSocket: (socket: Socket) => void;
  /** Every accepted socket that is open. */
  readonly #sockets = new Set<Socket>();
  /** Those that do not serve yet, and until when they must. */
  readonly #guests = new Map<Socket, number>();
  /** Guests in a handshake by the client's address and port: a TLS socket does not tell what it wraps. */
  readonly #handshakes = new Map<string, { readonly socket: Socket; readonly entry: Entry }>();
  readonly #places = new Map<Serving, Kept<Entry>>();
  #timer: ReturnType<typeof setInterval> | undefined;
  #retired = false;
  #arrivals = 0;

  /** `onSocket` gets what was accepted within the quota. */
  constructor(options: AcceptOptions, onSocket: (socket: Socket) => void) {
    this.#options = options;
    this.#onSocket = onSocket;
    const deadlines = { ...DEFAULT_DEADLINES, ...options.deadlines };
    this.#shared = { handler: options.handler, deadlines, log: options.log, retired: () => this.#retired };
    const total = options.maxConnections ?? 10_000;
    this.#quota = new ConnectionQuota(total, options.maxConnectionsPerAddress ?? total);
    this.#refusals = new Refusals(options.log, () => this.port);
    this.#server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => this.#accepted(socket));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo | null)?.port ?? 0;
  }

  /** Connections that are open. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** Connections that came in since the start, above a limit or not. */
  get arrivals(): number {
    return this.#arrivals;
  }

  /** Connections above a limit since the start. */
  get refused(): number {
    return this.#refusals.count;
  }

  /** Rejects where the port cannot be bound. */
  open(): Promise<void> {
    const { address, port, reusePort = false } = this.#options;
    this.#timer = setInterval(() => this.#sweep(), sweepInterval(this.#shared.deadlines));
    this.#timer.unref();
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error) => {
        clearInterval(this.#timer);
        reject(error);
      });
      this.#server.listen({ host: address, port, backlog: 1024, reusePort }, () => resolve());
    });
  }

  /** Reads the first bytes, within the time there is for them: that of a handshake, unless clients may be idle. */
  sniff(
    socket: Socket,
    kind: 'tls' | 'plaintext',
    onSniffed: (sniffed: Sniffed | undefined) => void,
    mayIdle = kind === 'plaintext',
  ): void {
    const { handshakeMs, idleMs } = this.#shared.deadlines;
    this.#guests.set(socket, performance.now() + (mayIdle ? idleMs : handshakeMs));
    sniff(socket, onSniffed, kind);
  }

  /** A handshake begins on a socket whose first bytes are put back. */
  enter(socket: Socket, { bytes }: Sniffed, entry: Entry): void {
    this.#handshakes.set(clientOf(socket), { socket, entry });
    socket.unshift(bytes);
  }

  /** A handshake is done: what `enter` was told of it. Undefined when that is over already. */
  secured(socket: TLSSocket): Entry | undefined {
    const client = clientOf(socket);
    const guest = this.#handshakes.get(client);
    this.#handshakes.delete(client);
    socket.on('error', ignore);
    if (guest === undefined) return undefined;
    const { socket: inner, entry } = guest;
    this.#guests.delete(inner);
    setCarrier(socket, inner);
    giveBackBelowTls(socket);
    socket.on('close', () => inner.destroy());
    return entry;
  }

  /** Serves a connection; `bytes` were read of it before. */
  serve(place: Place<Entry>, bytes: Uint8Array): void {
    const { socket } = place;
    this.#guests.delete(socket);
    const serving = this.#serving(place);
    if (serving === undefined) {
      socket.destroy();
      return;
    }
    this.#places.set(serving, { ...place, leaveBy: NEVER });
    socket.on('close', () => this.#places.delete(serving));
    serving.start(bytes);
  }

  /** Closes what `keep` does not want any more, and raw connections that the policy of now would not let through. */
  recheck(keep: (place: Place<Entry>) => boolean): void {
    const { keepsTcp } = this.#options;
    for (const [serving, place] of this.#places) {
      const allowed = place.protocol === 'http' || keepsTcp === undefined || keepsTcp(place.connection);
      if (!allowed || !keep(place)) serving.destroy();
    }
  }

  /** The same for what takes time to say; a connection that cannot be judged is closed. */
  async recheckSlowly(keep: (place: Place<Entry>) => Promise<boolean>): Promise<void> {
    const judged = [...this.#places].map(async ([serving, place]) => {
      if (!(await keep(place).catch(() => false))) serving.destroy();
    });
    await Promise.all(judged);
  }

  /** Goes on serving, new connections too, but asks clients not to come back (`Connection: close`, GOAWAY). */
  retire(): void {
    this.#retired = true;
    for (const serving of this.#places.keys()) serving.retire?.();
  }

  /** Takes no new connections, lets exchanges end for `ms` at most, then closes what is left. */
  async drain(ms: number): Promise<void> {
    this.#server.close();
    for (const socket of this.#guests.keys()) socket.destroy();
    for (const serving of this.#places.keys()) serving.drain();
    const end = performance.now() + ms;
    while (this.#sockets.size > 0 && performance.now() < end) await pause(10);
    this.close();
  }

  /** Closes everything now. */
  close(): void {
    clearInterval(this.#timer);
    this.#server.close();
    for (const serving of this.#places.keys()) serving.destroy();
    for (const socket of this.#sockets) socket.destroy();
  }

  #accepted(socket: Socket): void {
    this.#arrivals++;
    socket.on('error', ignore);
    // A closed socket may not tell its address any more.
    const [address, client] = [addressOf(socket.remoteAddress), clientOf(socket)];
    if (!this.#quota.enter(address)) {
      socket.destroy();
      this.#refusals.add(address, performance.now());
      return;
    }
    this.#sockets.add(socket);
    socket.on('close', () => this.#left(socket, address, client));
    this.#onSocket(socket);
  }

  #left(socket: Socket, address: string, client: string): void {
    this.#quota.leave(address);
    this.#sockets.delete(socket);
    this.#guests.delete(socket);
    if (this.#handshakes.get(client)?.socket === socket) this.#handshakes.delete(client);
  }

  #serving({ socket, connection, protocol }: Place<Entry>): Serving | undefined {
    const { tcp: handler } = this.#options;
    if (protocol === 'tcp')
      return handler && new TcpConnection(socket, connection, { ...this.#shared, handler });
    return connection.http2
      ? new H2ServerSession(socket, connection, this.#shared)
      : new ServerConnection(socket, connection, this.#shared);
  }

  #sweep(): void {
    const now = performance.now();
    const time = Date.now();
    for (const [serving, place] of this.#places) {
      serving.sweep(now);
      if (expiry(place.connection) < time) this.#expire(serving, place, now);
    }
    for (const [socket, deadline] of this.#guests) if (now >= deadline) socket.destroy();
  }

  /** What a certificate said holds no longer than it: the exchange of the moment may end, no other begins. */
  #expire(serving: Serving, place: Kept<Entry>, now: number): void {
    if (place.leaveBy === NEVER) {
      place.leaveBy = now + this.#shared.deadlines.leaveMs;
      serving.drain();
    } else if (now >= place.leaveBy) {
      serving.destroy();
    }
  }
}

function expiry({ peer, certificate }: Connection): number {
  return peer?.notAfter ?? certificate?.notAfter ?? NEVER;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function ignore(): void {}
