import { type AddressInfo, createServer } from 'node:net';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import type { Svid } from '../../../identity/svid.ts';
import { MeshTlsServer } from '../mesh-tls-server.ts';
import { shownLeaf } from '../peer-certificates.ts';

/** What a handshake came to. */
export interface Handshake {
  /** The server served the client. */
  readonly served: boolean;
  /** What the server saw of a client that it served: DER. */
  readonly leaf: Uint8Array | undefined;
  readonly serverName: string | undefined;
  /** Why the client gave up; empty where it did not. */
  readonly error: string;
}

/** How a client comes. */
export interface Approach {
  /** Undefined shows no certificate. */
  readonly svid: Svid | undefined;
  /** PEM, one each: what it believes. */
  readonly roots: readonly string[];
  readonly serverName: string;
  /** Looks at the server's names as `tls.connect` asks; an error ends it. */
  readonly checkServer?: () => Error | undefined;
}

/** No handshake on loopback takes longer, milliseconds. */
const PATIENCE_MS = 5_000;
const GREETING = 'served';

/** The TLS server of a sidecar's inbound port without the judge behind it: what is let in, the runtime lets in. */
export class PrecheckServer {
  readonly #seen: { leaf: Uint8Array | undefined; serverName: string | undefined }[] = [];
  readonly #tls = new MeshTlsServer((socket) => this.#serve(socket));
  readonly #server = createServer((socket) => {
    socket.on('error', ignore);
    this.#tls.accept(socket);
  });

  /** Rejects where no loopback port can be bound. */
  static async open(): Promise<PrecheckServer> {
    const opened = new PrecheckServer();
    await new Promise<void>((resolve, reject) => {
      opened.#server.once('error', reject);
      opened.#server.listen({ host: '127.0.0.1', port: 0 }, () => resolve());
    });
    return opened;
  }

  /** What new handshakes prove and trust. */
  setIdentity(svid: Svid, roots: readonly string[]): void {
    this.#tls.setIdentity(svid, roots);
  }

  /** One connection from beginning to end. */
  async try(approach: Approach): Promise<Handshake> {
    this.#seen.length = 0;
    const { answer, error } = await talk((this.#server.address() as AddressInfo).port, approach);
    const [seen] = this.#seen;
    return { served: answer === GREETING, leaf: seen?.leaf, serverName: seen?.serverName, error };
  }

  close(): void {
    this.#server.close();
  }

  #serve(socket: TLSSocket): void {
    socket.on('error', ignore);
    const { servername } = socket as { readonly servername?: string | false };
    this.#seen.push({ leaf: shownLeaf(socket), serverName: servername || undefined });
    socket.end(GREETING);
  }
}

function talk(port: number, approach: Approach): Promise<{ answer: string; error: string }> {
  const { svid, roots, serverName, checkServer = () => undefined } = approach;
  const options: ConnectionOptions = {
    host: '127.0.0.1',
    port,
    servername: serverName,
    ca: [...roots],
    ALPNProtocols: ['weft', 'http/1.1'],
    minVersion: 'TLSv1.3',
    checkServerIdentity: checkServer,
    ...(svid && { cert: svid.chainPem, key: svid.keyPem }),
  };
  return new Promise((resolve) => {
    let [answer, error] = ['', ''];
    const socket = connect(options);
    const timer = setTimeout(() => socket.destroy(new Error('no answer')), PATIENCE_MS);
    socket.on('data', (chunk: Uint8Array) => (answer += Buffer.from(chunk).toString('latin1')));
    socket.on('end', () => socket.destroy());
    socket.on('error', ({ message }) => (error ||= message));
    socket.on('close', () => {
      clearTimeout(timer);
      resolve({ answer, error });
    });
  });
}

function ignore(): void {}
