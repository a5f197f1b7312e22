import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Connection } from '../../proxy/decide/connection.ts';
import type { ConnectionHandler, Handler } from '../../proxy/exchange.ts';
import type { GatewayServer } from '../../snapshot/gateway-server.ts';
import type { Log } from '../ports.ts';
import type { BodySource } from './body.ts';
import { ConnectionQuota } from './connection-quota.ts';
import { DEFAULT_DEADLINES, type Deadlines, sweepInterval } from './deadlines.ts';
import { GatewayTlsServers, terminates } from './gateway-tls-servers.ts';
import { H2ServerSession } from './h2-server-session.ts';
import type { Serving } from './listener.ts';
import { ServerConnection } from './server-connection.ts';
import type { ServerOptions } from './server-options.ts';
import { type Sniffed, sniff } from './sniff.ts';
import { addressOf, clientOf } from './socket-address.ts';
import { TcpConnection } from './tcp-connection.ts';

/** A port of a gateway. */
export interface GatewayListenOptions {
  readonly address: string;
  /** Where it is bound; 0 takes a free one. */
  readonly port: number;
  /** The port that it stands for in the configuration (Gateway servers[].port.number). */
  readonly serverPort: number;
  /** The server of a connection at this moment; undefined closes it. On a port without TLS the name is undefined. */
  readonly server: (serverName: string | undefined) => GatewayServer | undefined;
  /** All servers of the port at this moment; they begin with TLS either all or none. */
  readonly servers: () => readonly GatewayServer[];
  readonly handler: Handler<BodySource>;
  /** Takes the connections whose bytes are passed on. */
  readonly tcp: ConnectionHandler<BodySource>;
  readonly log: Log;
  readonly deadlines?: Partial<Deadlines>;
  /** Connections at one time; more are closed at once. 10,000 by default. */
  readonly maxConnections?: number;
}

/** A connection in its handshake. */
interface Guest {
  readonly socket: Socket;
  readonly serverName: string | undefined;
  readonly server: GatewayServer;
}

/** An open port of a gateway: HTTP, TLS ended or passed through by server name, or TCP, as its servers say. */
export class GatewayListener {
  readonly #options: GatewayListenOptions;
  readonly #server: Server;
  readonly #tls: GatewayTlsServers;
  readonly #shared: ServerOptions;
  readonly #quota: ConnectionQuota;
  readonly #sockets = new Set<Socket>();
  /** Those that do not serve yet, and until when they must. */
  readonly #guests = new Map<Socket, number>();
  /** By the client's address and port: a TLS socket does not tell what it wraps. */
  readonly #handshakes = new Map<string, Guest>();
  /** What serves, with the server name that was asked for and the guard of its server then. */
  readonly #serving = new Map<Serving, { readonly serverName: string | undefined; readonly guard: string }>();
  #timer: ReturnType<typeof setInterval> | undefined;
  #retired = false;

  private constructor(options: GatewayListenOptions) {
    this.#options = options;
    const deadlines = { ...DEFAULT_DEADLINES, ...options.deadlines };
    this.#shared = { handler: options.handler, deadlines, log: options.log, retired: () => this.#retired };
    const limit = options.maxConnections ?? 10_000;
    this.#quota = new ConnectionQuota(limit, limit);
    this.#tls = new GatewayTlsServers(options.log, (socket) => this.#secured(socket));
    this.#server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => this.#arrived(socket));
  }

  /** Opens the port. Rejects where it cannot be bound. */
  static async open(options: GatewayListenOptions): Promise<GatewayListener> {
    const listener = new GatewayListener(options);
    await listener.#open();
    return listener;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo | null)?.port ?? 0;
  }

  /** Connections that are open. */
  get connections(): number {
    return this.#sockets.size;
  }

  /** The configuration changed: closes what a server of now would not have let in as it came. */
  recheck(): void {
    const wanted = (serverName: string | undefined) => guardOf(this.#options.server(serverName));
    for (const [serving, { serverName, guard }] of this.#serving) {
      if (wanted(serverName) !== guard) serving.destroy();
    }
    this.#tls.retain(this.#options.servers());
  }

  /** Asks HTTP clients not to come back, and goes on serving. */
  retire(): void {
    this.#retired = true;
  }

  /** Takes no new connections, lets exchanges end for `ms` at most, then closes what is left. */
  async drain(ms: number): Promise<void> {
    this.#server.close();
    for (const socket of this.#guests.keys()) socket.destroy();
    for (const serving of this.#serving.keys()) serving.drain();
    const end = performance.now() + ms;
    while (this.#sockets.size > 0 && performance.now() < end)
      await new Promise((resolve) => setTimeout(resolve, 10));
    this.close();
  }

  /** Closes everything now. */
  close(): void {
    clearInterval(this.#timer);
    this.#server.close();
    for (const serving of this.#serving.keys()) serving.destroy();
    for (const socket of this.#sockets) socket.destroy();
  }

  #open(): Promise<void> {
    const { address, port } = this.#options;
    this.#timer = setInterval(() => this.#sweep(), sweepInterval(this.#shared.deadlines));
    this.#timer.unref();
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error) => {
        clearInterval(this.#timer);
        reject(error);
      });
      this.#server.listen({ host: address, port, backlog: 1024 }, () => resolve());
    });
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
    if (this.#options.servers().some((server) => 'tls' in server)) this.#await(socket, 'tls');
    else if (this.#options.server(undefined)?.protocol === 'TCP')
      this.#plain(socket, new Uint8Array(0), false);
    else this.#await(socket, 'plaintext');
  }

  #left(socket: Socket, address: string, client: string): void {
    this.#quota.leave(address);
    this.#sockets.delete(socket);
    this.#guests.delete(socket);
    if (this.#handshakes.get(client)?.socket === socket) this.#handshakes.delete(client);
  }

  #await(socket: Socket, kind: 'tls' | 'plaintext'): void {
    const { handshakeMs, idleMs } = this.#shared.deadlines;
    this.#guests.set(socket, performance.now() + (kind === 'tls' ? handshakeMs : idleMs));
    sniff(
      socket,
      (sniffed) => {
        if (kind === 'tls') this.#greeted(socket, sniffed);
        else if (sniffed !== undefined) this.#plain(socket, sniffed.bytes, sniffed.http2);
      },
      kind,
    );
  }

  #plain(socket: Socket, bytes: Uint8Array, http2: boolean): void {
    const server = this.#options.server(undefined);
    if (server === undefined || 'tls' in server) socket.destroy();
    else this.#serve(socket, server, undefined, bytes, http2);
  }

  /** The ClientHello is there: its server name says which server it is for. */
  #greeted(socket: Socket, sniffed: Sniffed | undefined): void {
    const server =
      sniffed === undefined || sniffed.arrival === 'plaintext'
        ? undefined
        : this.#options.server(sniffed.serverName);
    if (sniffed === undefined || server === undefined || !('tls' in server)) {
      socket.destroy();
    } else if (terminates(server)) {
      this.#handshakes.set(clientOf(socket), { socket, serverName: sniffed.serverName, server });
      socket.unshift(sniffed.bytes);
      this.#tls.accept(socket, server);
    } else {
      this.#serve(socket, server, sniffed.serverName, sniffed.bytes, false);
    }
  }

  /** A handshake is done. The configuration may have changed meanwhile. */
  #secured(socket: TLSSocket): void {
    const client = clientOf(socket);
    const guest = this.#handshakes.get(client);
    this.#handshakes.delete(client);
    socket.on('error', ignore);
    socket.on('close', () => guest?.socket.destroy());
    const server = guest && this.#options.server(guest.serverName);
    if (guest === undefined || server === undefined || guardOf(server) !== guardOf(guest.server)) {
      socket.destroy();
      return;
    }
    this.#guests.delete(guest.socket);
    this.#serve(socket, server, guest.serverName, new Uint8Array(0), socket.alpnProtocol === 'h2');
  }

  #serve(
    socket: Socket,
    server: GatewayServer,
    serverName: string | undefined,
    bytes: Uint8Array,
    http2: boolean,
  ): void {
    const readsHttp = 'virtualHosts' in server;
    const connection: Connection = {
      direction: 'gateway',
      port: this.#options.serverPort,
      scheme: server.protocol === 'HTTPS' ? 'https' : 'http',
      remoteAddress: addressOf(socket.remoteAddress),
      localAddress: addressOf(socket.localAddress),
      security: 'none',
      peer: undefined,
      serverName,
      ...(http2 && readsHttp && { http2 }),
    };
    this.#guests.delete(socket);
    const serving = readsHttp ? this.#http(socket, connection) : this.#raw(socket, connection);
    this.#serving.set(serving, { serverName, guard: guardOf(server) });
    socket.on('close', () => this.#serving.delete(serving));
    serving.start(bytes);
  }

  #http(socket: Socket, connection: Connection): ServerConnection | H2ServerSession {
    return connection.http2
      ? new H2ServerSession(socket, connection, this.#shared)
      : new ServerConnection(socket, connection, this.#shared);
  }

  #raw(socket: Socket, connection: Connection): TcpConnection {
    return new TcpConnection(socket, connection, { ...this.#shared, handler: this.#options.tcp });
  }

  #sweep(): void {
    const now = performance.now();
    for (const serving of this.#serving.keys()) serving.sweep(now);
    for (const [socket, deadline] of this.#guests) if (now >= deadline) socket.destroy();
  }
}

/** What a connection had to pass, as text: it changes when the demands on clients do, not with the certificate. */
function guardOf(server: GatewayServer | undefined): string {
  if (server === undefined) return '';
  if (!terminates(server)) return 'tls' in server ? 'PASSTHROUGH' : server.protocol;
  const { mode, caFile, subjectAltNames, minVersion, maxVersion } = server.tls;
  return JSON.stringify([server.protocol, mode, caFile, subjectAltNames, minVersion, maxVersion]);
}

function ignore(): void {}
