import { constants } from 'node:crypto';
import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import type { Connection } from '../../proxy/decide/connection.ts';
import { type AcceptOptions, Acceptor } from './acceptor.ts';
import type { Sniffed } from './sniff.ts';
import { addressOf } from './socket-address.ts';

/** What an edge listener shows its clients, PEM. */
export interface EdgeCertificate {
  /** Leaf first. */
  readonly chainPem: string;
  readonly keyPem: string;
}

const NOTHING = new Uint8Array(0);

/**
 * The port for peers that cannot do mutual TLS: HTTPS of TLS 1.3 and HTTP/1.1 with a server certificate alone. Nobody is
 * anybody here; `handler` has to ask for a proof with every request.
 */
export class EdgeListener {
  readonly #acceptor: Acceptor<true>;
  #server: Server | undefined;

  private constructor(options: AcceptOptions) {
    this.#acceptor = new Acceptor(options, (socket) =>
      this.#acceptor.sniff(socket, 'tls', (sniffed) => this.#greeted(socket, sniffed)),
    );
  }

  /** Opens the port; rejects where it cannot be bound. Handshakes wait for the first certificate: they fail without. */
  static async open(options: AcceptOptions): Promise<EdgeListener> {
    const listener = new EdgeListener(options);
    await listener.#acceptor.open();
    return listener;
  }

  get port(): number {
    return this.#acceptor.port;
  }

  /** Connections that are open. */
  get connections(): number {
    return this.#acceptor.connections;
  }

  /** Connections that came in since the start. */
  get arrivals(): number {
    return this.#acceptor.arrivals;
  }

  /** What new handshakes show; connections that are up stay. */
  setCertificate({ chainPem, keyPem }: EdgeCertificate): void {
    const context = {
      cert: chainPem,
      key: keyPem,
      minVersion: 'TLSv1.3' as const,
      secureOptions: constants.SSL_OP_NO_TICKET,
    };
    if (this.#server !== undefined) {
      this.#server.setSecureContext(context);
      return;
    }
    this.#server = createServer({ ...context, ALPNProtocols: ['http/1.1'] });
    this.#server.on('secureConnection', (socket) => this.#secured(socket));
    this.#server.on('tlsClientError', (_error: Error, socket: TLSSocket) => socket.destroy());
  }

  /** Asks clients not to come back, and goes on serving. */
  retire(): void {
    this.#acceptor.retire();
  }

  /** Takes no new connections, lets exchanges end for `ms` at most, then closes what is left. */
  drain(ms: number): Promise<void> {
    return this.#acceptor.drain(ms);
  }

  /** Closes everything now. */
  close(): void {
    this.#acceptor.close();
  }

  #greeted(socket: Socket, sniffed: Sniffed | undefined): void {
    if (sniffed === undefined || sniffed.arrival === 'plaintext' || this.#server === undefined) {
      socket.destroy();
      return;
    }
    this.#acceptor.enter(socket, sniffed, true);
    this.#server.emit('connection', socket);
  }

  #secured(socket: TLSSocket): void {
    if (this.#acceptor.secured(socket) === undefined) {
      socket.destroy();
      return;
    }
    const connection: Connection = {
      direction: 'inbound',
      port: this.port,
      scheme: 'https',
      remoteAddress: addressOf(socket.remoteAddress),
      localAddress: addressOf(socket.localAddress),
      security: 'none',
      peer: undefined,
      serverName: undefined,
    };
    this.#acceptor.serve({ socket, connection, protocol: 'http', entry: true }, NOTHING);
  }
}
