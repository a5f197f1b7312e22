import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { formatSpiffeId } from '../../identity/spiffe.ts';
import { TransportError } from '../../proxy/forward/transport.ts';
import { certificateIdentity, type PeerCertificate } from './peer-identity.ts';

/** Where to connect, and whom to expect there. */
export interface DialTarget {
  readonly address: string;
  readonly port: number;
  readonly timeoutMs: number;
  /** Absent = plaintext. */
  readonly tls?: DialTls;
}

/** Our own proof, and what the server must prove. */
export interface DialTls {
  readonly serverName: string;
  /** SPIFFE IDs, one of which the server must have. */
  readonly sans: readonly string[];
  readonly trustDomain: string;
  /** PEM, leaf first. */
  readonly chain: string;
  /** PKCS#8 PEM. */
  readonly key: string;
  /** PEM, one each. */
  readonly roots: readonly string[];
}

/** Connects; rejects with a TransportError that says nothing was sent. */
export function dial(target: DialTarget, signal: AbortSignal | undefined): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(new TransportError('aborted', false, 'the exchange was abandoned'));
      return;
    }
    new Attempt(target, signal, resolve, reject);
  });
}

class Attempt {
  readonly #signal: AbortSignal | undefined;
  readonly #resolve: (socket: Socket) => void;
  readonly #reject: (error: TransportError) => void;
  readonly #socket: Socket;
  readonly #timer: ReturnType<typeof setTimeout>;
  /** TCP is up: what fails now is TLS. */
  #connected = false;
  /** The server proved one of the expected identities. */
  #identified = false;

  constructor(
    target: DialTarget,
    signal: AbortSignal | undefined,
    resolve: (socket: Socket) => void,
    reject: (error: TransportError) => void,
  ) {
    this.#signal = signal;
    this.#resolve = resolve;
    this.#reject = reject;
    this.#socket = target.tls === undefined ? this.#plain(target) : this.#secure(target, target.tls);
    this.#socket.setNoDelay(true);
    this.#socket.on('error', this.#onError);
    this.#timer = setTimeout(() => this.#fail('connect-failure', 'connect timeout'), target.timeoutMs);
    signal?.addEventListener('abort', this.#onAbort);
  }

  readonly #onAbort = (): void => this.#fail('aborted', 'the exchange was abandoned');

  readonly #onError = (error: Error): void => {
    this.#fail(this.#connected ? 'tls-failure' : 'connect-failure', error.message);
  };

  #plain({ address, port }: DialTarget): Socket {
    return connectTcp({ host: address, port, noDelay: true }, () => this.#succeed());
  }

  #secure({ address, port }: DialTarget, tls: DialTls): TLSSocket {
    const socket = connectTls(
      {
        host: address,
        port,
        servername: tls.serverName,
        ALPNProtocols: ['weft', 'http/1.1'],
        cert: tls.chain,
        key: tls.key,
        ca: [...tls.roots],
        minVersion: 'TLSv1.3',
        rejectUnauthorized: true,
        checkServerIdentity: (_name, certificate) => this.#check(certificate, tls),
      },
      () => this.#secured(socket),
    );
    socket.on('connect', () => {
      this.#connected = true;
    });
    return socket;
  }

  #check(certificate: PeerCertificate, tls: DialTls): Error | undefined {
    this.#connected = true;
    const id = certificateIdentity(certificate, tls.trustDomain, Date.now());
    if (id === undefined || !tls.sans.includes(formatSpiffeId(id))) {
      return new Error('the server is not one of the expected identities');
    }
    this.#identified = true;
    return undefined;
  }

  #secured(socket: TLSSocket): void {
    // A runtime that did not ask us, or did not verify the chain, does not get a request.
    if (this.#identified && socket.authorized) this.#succeed();
    else this.#fail('tls-failure', 'the server was not verified');
  }

  #succeed(): void {
    this.#settle();
    this.#socket.removeListener('error', this.#onError);
    // Errors of an established connection end in `close`, which its user hears.
    this.#socket.on('error', ignore);
    this.#resolve(this.#socket);
  }

  #fail(failure: TransportError['failure'], message: string): void {
    this.#settle();
    this.#socket.removeListener('error', this.#onError);
    this.#socket.on('error', ignore);
    this.#socket.destroy();
    this.#reject(new TransportError(failure, false, message));
  }

  #settle(): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#onAbort);
  }
}

function ignore(): void {}
