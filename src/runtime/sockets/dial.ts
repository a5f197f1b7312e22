import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { type ConnectionOptions, checkServerIdentity, connect as connectTls, type TLSSocket } from 'node:tls';
import { TransportError } from '../../proxy/forward/transport.ts';
import type { Cancellation } from '../ports.ts';
import { giveBackBelowTls } from './below-tls.ts';
import { setCarrier } from './carrier.ts';
import { dialName } from './dial-name.ts';
import { hasEnded } from './has-ended.ts';
import type { HostAddresses } from './host-addresses.ts';
import type { MeshDials } from './mesh-dials.ts';
import { SYSTEM_ADDRESSES } from './name-lookup.ts';

/** The end of the server's side does not end ours; the declaration of tls.connect leaves the option out. */
const HALF_OPEN = { allowHalfOpen: true };

/** Where to connect, and whom to expect there. */
export interface DialTarget {
  /** IP address or name. */
  readonly address: string;
  readonly port: number;
  readonly timeoutMs: number;
  /** Absent = plaintext. */
  readonly tls?: DialTls | ServerDialTls;
}

/** TLS in which only the server proves something: a certificate for one of the names. */
export interface ServerDialTls {
  readonly serverName: string;
  /** DNS names. */
  readonly names: readonly string[];
  /** PEM, one each; undefined = what the platform trusts. */
  readonly roots: readonly string[] | undefined;
  /** The ALPN offer; HTTP/1.1 unless told otherwise. */
  readonly protocols?: readonly string[];
}

/** Our own proof, and what the server must prove. */
export interface DialTls {
  readonly serverName: string;
  /** SPIFFE IDs, one of which the server must have. */
  readonly sans: readonly string[];
  /** Says whether the server is one of them once the handshake is done, and as long as the connection is up. */
  readonly dials: MeshDials;
  /** PEM, leaf first. */
  readonly chain: string;
  /** PKCS#8 PEM. */
  readonly key: string;
  /** PEM, one each. */
  readonly roots: readonly string[];
  /** The ALPN offer; `weft` and HTTP/1.1 unless told otherwise. */
  readonly protocols?: readonly string[];
}

/** Connects, by name to whichever address answers first; rejects with a TransportError that says nothing was sent. */
export function dial(
  target: DialTarget,
  signal: Cancellation | undefined,
  names: HostAddresses = SYSTEM_ADDRESSES,
): Promise<Socket> {
  if (isIP(target.address) !== 0) return dialAddress(target, signal);
  return dialName(target, signal, names, dialAddress);
}

function dialAddress(target: DialTarget, signal: Cancellation | undefined): Promise<Socket> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(new TransportError('aborted', false, 'the exchange was abandoned'));
      return;
    }
    new Attempt(target, signal, resolve, reject);
  });
}

class Attempt {
  readonly #signal: Cancellation | undefined;
  readonly #resolve: (socket: Socket) => void;
  readonly #reject: (error: TransportError) => void;
  readonly #socket: Socket;
  readonly #timer: ReturnType<typeof setTimeout>;
  /** TCP is up: what fails now is TLS. */
  #connected = false;
  /** The runtime verified the server's chain and asked for its names, which are right or judged below. */
  #asked = false;
  #over = false;

  constructor(
    target: DialTarget,
    signal: Cancellation | undefined,
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
    return connectTcp({ host: address, port, noDelay: true, allowHalfOpen: true }, () => this.#succeed());
  }

  #secure({ address, port }: DialTarget, tls: DialTls | ServerDialTls): TLSSocket {
    // Of our own making, because only the TCP socket below can reset the connection.
    const carrier = connectTcp({ host: address, port, noDelay: true, allowHalfOpen: true });
    carrier.on('error', this.#onError);
    carrier.on('connect', () => {
      this.#connected = true;
    });
    const socket = connectTls(
      {
        socket: carrier,
        ...HALF_OPEN,
        servername: tls.serverName,
        rejectUnauthorized: true,
        ...('sans' in tls ? this.#meshOptions(tls) : this.#serverOptions(tls)),
      },
      () => this.#secured(socket, tls),
    );
    setCarrier(socket, carrier);
    return socket;
  }

  #meshOptions(tls: DialTls): ConnectionOptions {
    return {
      ALPNProtocols: [...(tls.protocols ?? ['weft', 'http/1.1'])],
      cert: tls.chain,
      key: tls.key,
      ca: [...tls.roots],
      minVersion: 'TLSv1.3',
      // Its names are judged with its whole chain, below.
      checkServerIdentity: () => {
        this.#connected = true;
        this.#asked = true;
        return undefined;
      },
    };
  }

  #serverOptions({ names, roots, protocols = ['http/1.1'] }: ServerDialTls): ConnectionOptions {
    return {
      ...(protocols.length > 0 && { ALPNProtocols: [...protocols] }),
      ...(roots && { ca: [...roots] }),
      minVersion: 'TLSv1.2',
      checkServerIdentity: (_name, certificate) => {
        this.#connected = true;
        this.#asked = names.some((name) => checkServerIdentity(name, certificate) === undefined);
        return this.#asked ? undefined : new Error(`the server is none of ${names.join(', ')}`);
      },
    };
  }

  #secured(socket: TLSSocket, tls: DialTls | ServerDialTls): void {
    // A runtime that did not ask us, or did not verify the chain, does not get a request.
    if (!this.#asked || !socket.authorized) this.#fail('tls-failure', 'the server was not verified');
    else if ('sans' in tls) tls.dials.admit(socket, tls.sans, (isExpected) => this.#judged(isExpected));
    else this.#succeed();
  }

  #judged(isExpected: boolean): void {
    if (this.#over) return;
    // A server that refuses our certificate says so after the handshake, perhaps before there is a verdict on its own.
    if (hasEnded(this.#socket)) this.#fail('tls-failure', 'the server closed the connection');
    else if (isExpected) this.#succeed();
    else this.#fail('tls-failure', 'the server is not one of the expected identities');
  }

  #succeed(): void {
    this.#settle();
    this.#socket.removeListener('error', this.#onError);
    // Errors of an established connection end in `close`, which its user hears.
    this.#socket.on('error', ignore);
    giveBackBelowTls(this.#socket);
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
    this.#over = true;
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#onAbort);
  }
}

function ignore(): void {}
