import { constants } from 'node:crypto';
import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls';
import type { Svid } from '../../identity/svid.ts';

/** The TLS 1.3 server of the mesh: every client must show a certificate of its roots. It owns no port. */
export class MeshTlsServer {
  readonly #onSecure: (socket: TLSSocket) => void;
  #server: Server | undefined;

  /** `onSecure` gets sockets whose handshake is done; it must still ask who the peer is. */
  constructor(onSecure: (socket: TLSSocket) => void) {
    this.#onSecure = onSecure;
  }

  /** What new handshakes prove, and the roots (PEM, one each) that they trust; connections that are up stay. */
  setIdentity(svid: Svid, roots: readonly string[]): void {
    const context = {
      cert: svid.chainPem,
      key: svid.keyPem,
      ca: [...roots],
      minVersion: 'TLSv1.3' as const,
      // A resumed session would not be judged again: no tickets.
      secureOptions: constants.SSL_OP_NO_TICKET,
    };
    if (this.#server !== undefined) this.#server.setSecureContext(context);
    else this.#server = this.#create(context);
  }

  /** Begins the handshake on a socket whose ClientHello is still unread; closes it while there is no identity. */
  accept(socket: Socket): void {
    if (this.#server === undefined) socket.destroy();
    else this.#server.emit('connection', socket);
  }

  #create(context: TlsOptions): Server {
    const server = createServer({
      ...context,
      requestCert: true,
      rejectUnauthorized: true,
      // The offer `weft` only marks the client; HTTP/2 is for those that offer it too.
      ALPNProtocols: ['h2', 'http/1.1'],
    });
    server.on('secureConnection', this.#onSecure);
    server.on('tlsClientError', (_error: Error, socket: TLSSocket) => socket.destroy());
    return server;
  }
}
