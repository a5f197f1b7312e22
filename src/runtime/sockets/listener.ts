import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Bundle, Svid } from '../../identity/svid.ts';
import type { Connection, Peer } from '../../proxy/decide/connection.ts';
import type { ConnectionHandler, Handler } from '../../proxy/exchange.ts';
import type { Log } from '../ports.ts';
import type { Admission, Admit } from './admission.ts';
import type { BodySource } from './body.ts';
import { setCarrier } from './carrier.ts';
import { ConnectionQuota } from './connection-quota.ts';
import { DEFAULT_DEADLINES, type Deadlines, sweepInterval } from './deadlines.ts';
import { H2ServerSession } from './h2-server-session.ts';
import { MeshTlsServer } from './mesh-tls-server.ts';
import { verifiedPeer } from './peer-identity.ts';
import { ServerConnection } from './server-connection.ts';
import type { ServerOptions } from './server-options.ts';
import { type Sniffed, sniff } from './sniff.ts';
import { addressOf, clientOf } from './socket-address.ts';
import { TcpConnection } from './tcp-connection.ts';

/** A port of the proxy. */
export interface ListenOptions {
  /** IP address to bind; outbound listeners belong on loopback. */
  readonly address: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** `sniff` tells mesh TLS from plaintext by the first bytes; `plaintext` never speaks TLS. */
  readonly protocol: 'sniff' | 'plaintext';
  readonly admit: Admit;
  readonly handler: Handler<BodySource>;
  /** Takes the connections that are admitted as `tcp`; without it they are closed. */
  readonly tcp?: ConnectionHandler<BodySource>;
  /** True while nothing but plaintext TCP can arrive: then a server may speak first, no byte is waited for. */
  readonly serverFirst?: () => boolean;
  readonly log: Log;
  readonly deadlines?: Partial<Deadlines>;
  /** Connections at one time; more are closed at once. 10,000 by default. */
  readonly maxConnections?: number;
  /** Of those, how many from one IP address; by default as many as in all. */
  readonly maxConnectionsPerAddress?: number;
}

/** An open port. */
export interface Listening {
  readonly address: string;
  readonly port: number;
  /** Connections that are open. */
  readonly connections: number;
  /** What new handshakes prove and trust. Until the first call mesh TLS is closed. */
  setIdentity(svid: Svid, bundle: Bundle): void;
  /** Closes connections whose peer `keep` does not want any more (PeerAuthentication or trust changed). */
  recheck(keep: (connection: Connection) => boolean): void;
  /** Goes on serving, new connections too, but asks HTTP/1.1 clients not to come back (`Connection: close`). */
  retire(): void;
  /** Takes no new connections, lets exchanges end for `ms` at most, then closes what is left. */
  drain(ms: number): Promise<void>;
  /** Closes everything now. */
  close(): Promise<void>;
}

/** A connection past its handshake. */
export interface Serving {
  /** Takes nothing new, lets what is under way end. */
  drain(): void;
  destroy(): void;
  /** Ends what has waited too long. `now` is of `performance.now()`. */
  sweep(now: number): void;
}

/** Opens a port. Rejects where it cannot be bound. */
export async function listen(options: ListenOptions): Promise<Listening> {
  const listener = new Listener(options);
  await listener.open();
  return listener;
}

class Listener implements Listening {
  readonly #options: ListenOptions;
  readonly #server: Server;
  readonly #tls = new MeshTlsServer((socket) => this.#secured(socket));
  readonly #shared: ServerOptions;
  readonly #quota: ConnectionQuota;
  /** Every accepted socket that is open. */
  readonly #sockets = new Set<Socket>();
  /** Those that do not serve yet, and until when they must. */
  readonly #guests = new Map<Socket, number>();
  /** Guests in a handshake by the client's address and port: a TLS socket does not tell what it wraps. */
  readonly #handshakes = new Map<string, Socket>();
  readonly #serving = new Map<Serving, Connection>();
  #timer: ReturnType<typeof setInterval> | undefined;
  #retired = false;

  constructor(options: ListenOptions) {
    this.#options = options;
    const deadlines = { ...DEFAULT_DEADLINES, ...options.deadlines };
    this.#shared = { handler: options.handler, deadlines, log: options.log, retired: () => this.#retired };
    const total = options.maxConnections ?? 10_000;
    this.#quota = new ConnectionQuota(total, options.maxConnectionsPerAddress ?? total);
    this.#server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => this.#arrived(socket));
  }

  get address(): string {
    return this.#options.address;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo | null)?.port ?? 0;
  }

  get connections(): number {
    return this.#sockets.size;
  }

  open(): Promise<void> {
    const { address, port } = this.#options;
    this.#timer = setInterval(() => this.#sweep(), sweepInterval(this.#shared.deadlines));
    this.#timer.unref();
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen({ host: address, port, backlog: 1024 }, () => resolve());
    });
  }

  setIdentity(svid: Svid, bundle: Bundle): void {
    this.#tls.setIdentity(svid, bundle);
  }

  recheck(keep: (connection: Connection) => boolean): void {
    for (const [serving, connection] of this.#serving) if (!keep(connection)) serving.destroy();
  }

  retire(): void {
    this.#retired = true;
  }

  async drain(ms: number): Promise<void> {
    this.#server.close();
    for (const socket of this.#guests.keys()) socket.destroy();
    for (const serving of this.#serving.keys()) serving.drain();
    const end = performance.now() + ms;
    while (this.#sockets.size > 0 && performance.now() < end) await pause(10);
    await this.close();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#server.close();
    for (const serving of this.#serving.keys()) serving.destroy();
    for (const socket of this.#sockets) socket.destroy();
  }

  #arrived(socket: Socket): void {
    socket.on('error', ignore);
    // A closed socket may not tell its address any more.
    const [address, client] = [addressOf(socket.remoteAddress), clientOf(socket)];
    if (!this.#quota.enter(address)) {
      socket.destroy();
      return;
    }
    this.#sockets.add(socket);
    socket.on('close', () => this.#left(socket, address, client));
    if (this.#options.serverFirst?.()) {
      this.#plaintext(socket, new Uint8Array(0));
      return;
    }
    const { protocol } = this.#options;
    const { handshakeMs, idleMs } = this.#shared.deadlines;
    this.#guests.set(socket, performance.now() + (protocol === 'plaintext' ? idleMs : handshakeMs));
    sniff(
      socket,
      (sniffed) => this.#sniffed(socket, sniffed),
      protocol === 'plaintext' ? 'plaintext' : 'tls',
    );
  }

  #left(socket: Socket, address: string, client: string): void {
    this.#quota.leave(address);
    this.#sockets.delete(socket);
    this.#guests.delete(socket);
    if (this.#handshakes.get(client) === socket) this.#handshakes.delete(client);
  }

  #sniffed(socket: Socket, sniffed: Sniffed | undefined): void {
    if (sniffed?.arrival === 'plaintext') {
      this.#guests.delete(socket);
      this.#plaintext(socket, sniffed.bytes, sniffed.http2);
    } else if (sniffed?.arrival === 'mesh-tls' && this.#admits(sniffed)) {
      this.#handshakes.set(clientOf(socket), socket);
      socket.unshift(sniffed.bytes);
      this.#tls.accept(socket);
    } else if (sniffed?.arrival === 'foreign-tls') {
      this.#guests.delete(socket);
      this.#passThrough(socket, sniffed);
    } else {
      socket.destroy();
    }
  }

  /** TLS of the application itself: its bytes are passed on, ClientHello and all, or nothing is. */
  #passThrough(socket: Socket, { serverName, bytes }: Sniffed): void {
    const admission = this.#options.admit('foreign-tls', serverName);
    if (admission?.protocol === 'tcp') this.#serve(socket, admission, undefined, serverName, bytes);
    else socket.destroy();
  }

  #admits({ arrival, serverName }: Sniffed): boolean {
    return this.#options.admit(arrival, serverName) !== undefined;
  }

  #plaintext(socket: Socket, bytes: Uint8Array, http2 = false): void {
    const admission = this.#options.admit('plaintext', undefined);
    if (admission === undefined) socket.destroy();
    else this.#serve(socket, admission, undefined, undefined, bytes, http2);
  }

  /** A handshake is done: the peer was verified, now we ask who it is and whether it may still come in. */
  #secured(socket: TLSSocket): void {
    const client = clientOf(socket);
    const inner = this.#handshakes.get(client);
    this.#handshakes.delete(client);
    if (inner !== undefined) this.#guests.delete(inner);
    if (inner !== undefined) setCarrier(socket, inner);
    socket.on('error', ignore);
    socket.on('close', () => inner?.destroy());
    const peer = verifiedPeer(socket, this.#tls.trustDomain, Date.now());
    const serverName = serverNameOf(socket);
    const admission = this.#options.admit('mesh-tls', serverName);
    if (peer === undefined || admission === undefined || inner === undefined) socket.destroy();
    else this.#serve(socket, admission, peer, serverName, new Uint8Array(0), socket.alpnProtocol === 'h2');
  }

  #serve(
    socket: Socket,
    admission: Admission,
    peer: Peer | undefined,
    serverName: string | undefined,
    bytes: Uint8Array,
    http2 = false,
  ): void {
    const { direction, port, scheme, protocol } = admission;
    const connection: Connection = {
      direction,
      port,
      scheme,
      remoteAddress: addressOf(socket.remoteAddress),
      localAddress: addressOf(socket.localAddress),
      security: peer === undefined ? 'none' : 'mutual_tls',
      peer,
      serverName,
      ...(http2 && protocol !== 'tcp' && { http2 }),
    };
    const serving = protocol === 'tcp' ? this.#raw(socket, connection) : this.#http(socket, connection);
    if (serving === undefined) {
      socket.destroy();
      return;
    }
    this.#serving.set(serving, connection);
    socket.on('close', () => this.#serving.delete(serving));
    serving.start(bytes);
  }

  #http(socket: Socket, connection: Connection): ServerConnection | H2ServerSession {
    return connection.http2
      ? new H2ServerSession(socket, connection, this.#shared)
      : new ServerConnection(socket, connection, this.#shared);
  }

  #raw(socket: Socket, connection: Connection): TcpConnection | undefined {
    const { tcp: handler } = this.#options;
    return handler && new TcpConnection(socket, connection, { ...this.#shared, handler });
  }

  #sweep(): void {
    const now = performance.now();
    for (const serving of this.#serving.keys()) serving.sweep(now);
    for (const [socket, deadline] of this.#guests) if (now >= deadline) socket.destroy();
  }
}

function serverNameOf(socket: TLSSocket): string | undefined {
  const name: unknown = 'servername' in socket ? socket.servername : undefined;
  return typeof name === 'string' && name !== '' ? name.toLowerCase() : undefined;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function ignore(): void {}
