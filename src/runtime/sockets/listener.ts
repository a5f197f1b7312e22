import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Bundle, Svid } from '../../identity/svid.ts';
import { Trust } from '../../identity/trust.ts';
import type { Connection, OriginalDestination, Peer } from '../../proxy/decide/connection.ts';
import { type AcceptOptions, Acceptor } from './acceptor.ts';
import type { Admission, Admit, Arrival } from './admission.ts';
import { hasEnded } from './has-ended.ts';
import { beginsLikeHttp } from './http-beginning.ts';
import { MeshTlsServer } from './mesh-tls-server.ts';
import type { TellOriginalDestination } from './original-destination.ts';
import { PeerJudge } from './peer-judge.ts';
import type { Sniffed } from './sniff.ts';
import { addressOf } from './socket-address.ts';

/** A port of the proxy; outbound listeners belong on loopback. */
export interface ListenOptions extends AcceptOptions {
  /**
   * `sniff` tells mesh TLS from plaintext by the first bytes; `plaintext` never speaks TLS. That of connections which
   * were redirected to a `plaintext` port is the application's own, and passed on.
   */
  readonly protocol: 'sniff' | 'plaintext';
  readonly admit: Admit;
  /** True while nothing but plaintext TCP can arrive: then a server may speak first, no byte is waited for. */
  readonly serverFirst?: (original: OriginalDestination | undefined) => boolean;
  /** Asked of every connection; absent = none is redirected here. */
  readonly original?: TellOriginalDestination | undefined;
}

/** An open port. */
export interface Listening {
  readonly address: string;
  readonly port: number;
  /** Connections that are open. */
  readonly connections: number;
  /** Connections that came in since the start. */
  readonly arrivals: number;
  /** Connections above a limit since the start. */
  readonly refused: number;
  /**
   * What new handshakes prove and trust. Until the first call mesh TLS is closed. Where a root is gone, so are the
   * connections of peers that it alone vouched for.
   */
  setIdentity(svid: Svid, bundle: Bundle): void;
  /** The configuration changed: closes the connections that would not come in, or not as they did. */
  recheck(): void;
  /** Goes on serving, new connections too, but asks clients not to come back (`Connection: close`, GOAWAY). */
  retire(): void;
  /** Takes no new connections, lets exchanges end for `ms` at most, then closes what is left. */
  drain(ms: number): Promise<void>;
  /** Closes everything now. */
  close(): Promise<void>;
}

/** Opens a port. Rejects where it cannot be bound. */
export async function listen(options: ListenOptions): Promise<Listening> {
  const listener = new Listener(options);
  await listener.open();
  return listener;
}

/** How a connection came in. */
interface Entry {
  readonly arrival: Arrival;
  readonly serverName: string | undefined;
  readonly original: OriginalDestination | undefined;
  readonly admission: Admission;
}

const NOTHING = new Uint8Array(0);
/** Of a connection that nobody waits for. */
const UNREAD: Sniffed = { arrival: 'plaintext', serverName: undefined, http2: false, bytes: NOTHING };

class Listener implements Listening {
  readonly #options: ListenOptions;
  readonly #acceptor: Acceptor<Entry>;
  readonly #tls = new MeshTlsServer((socket) => this.#secured(socket));
  #trust: Trust | undefined;
  #judge: PeerJudge | undefined;

  constructor(options: ListenOptions) {
    this.#options = options;
    this.#acceptor = new Acceptor(options, (socket) => this.#arrived(socket));
  }

  get address(): string {
    return this.#options.address;
  }

  get port(): number {
    return this.#acceptor.port;
  }

  get connections(): number {
    return this.#acceptor.connections;
  }

  get arrivals(): number {
    return this.#acceptor.arrivals;
  }

  get refused(): number {
    return this.#acceptor.refused;
  }

  open(): Promise<void> {
    return this.#acceptor.open();
  }

  setIdentity(svid: Svid, bundle: Bundle): void {
    const [trust, before] = [new Trust(bundle), this.#trust];
    this.#trust = trust;
    this.#tls.setIdentity(svid, trust.rootsPem);
    const isNarrower = before?.isWiderThan(trust) ?? false;
    // The same trust as before keeps its verdicts.
    if (before === undefined || isNarrower || trust.isWiderThan(before))
      this.#judge = new PeerJudge(trust, 'client');
    if (isNarrower) this.#closeStrangers();
  }

  recheck(): void {
    this.#acceptor.recheck(({ entry: { arrival, serverName, original, admission } }) =>
      isSame(admission, this.#options.admit(arrival, serverName, original)),
    );
  }

  retire(): void {
    this.#acceptor.retire();
  }

  drain(ms: number): Promise<void> {
    return this.#acceptor.drain(ms);
  }

  async close(): Promise<void> {
    this.#acceptor.close();
  }

  #arrived(socket: Socket): void {
    const original = this.#options.original?.(socket);
    if (this.#options.serverFirst?.(original)) {
      this.#unsecured(socket, UNREAD, original);
      return;
    }
    const isLocal = this.#options.protocol === 'plaintext';
    const kind = isLocal && original === undefined ? 'plaintext' : 'tls';
    this.#acceptor.sniff(socket, kind, (sniffed) => this.#sniffed(socket, sniffed, original), isLocal);
  }

  #sniffed(socket: Socket, sniffed: Sniffed | undefined, original: OriginalDestination | undefined): void {
    if (sniffed === undefined) socket.destroy();
    else if (sniffed.arrival !== 'mesh-tls') this.#unsecured(socket, sniffed, original);
    else if (this.#options.protocol === 'sniff') this.#handshake(socket, sniffed, original);
    else this.#unsecured(socket, { ...sniffed, arrival: 'foreign-tls' }, original);
  }

  #handshake(socket: Socket, sniffed: Sniffed, original: OriginalDestination | undefined): void {
    const entry = this.#entry('mesh-tls', sniffed.serverName, original);
    if (entry === undefined) {
      socket.destroy();
      return;
    }
    this.#acceptor.enter(socket, sniffed, entry);
    this.#tls.accept(socket);
  }

  /** TLS of the application itself is passed on, ClientHello and all, or nothing is. */
  #unsecured(
    socket: Socket,
    { arrival, serverName, bytes, http2 }: Sniffed,
    original: OriginalDestination | undefined,
  ): void {
    const entry = this.#entry(arrival, serverName, original);
    const readable = arrival === 'plaintext' || entry?.admission.protocol === 'tcp';
    if (entry === undefined || !readable) socket.destroy();
    else this.#serve(socket, entry, undefined, bytes, http2);
  }

  /** A handshake is done: now we judge who the peer is, and whether it may still come in. Nothing is read before. */
  #secured(socket: TLSSocket): void {
    const begun = this.#acceptor.secured(socket);
    if (begun === undefined) socket.destroy();
    else this.#admit(socket, begun);
  }

  #admit(socket: TLSSocket, begun: Entry): void {
    const judge = this.#judge;
    if (judge === undefined) {
      socket.destroy();
      return;
    }
    judge.judge(socket, Date.now(), (peer) => {
      const entry = this.#entry('mesh-tls', begun.serverName, begun.original);
      if (peer === undefined || entry === undefined || hasEnded(socket)) socket.destroy();
      // Whom we believe has changed meanwhile: the verdict is that of another judge.
      else if (judge !== this.#judge) this.#admit(socket, begun);
      else this.#serve(socket, entry, peer, NOTHING, socket.alpnProtocol === 'h2');
    });
  }

  /** A root is gone: closes the connections of peers that it alone vouched for. */
  #closeStrangers(): void {
    const judge = this.#judge;
    void this.#acceptor.recheckSlowly(
      ({ socket, connection: { peer } }) =>
        new Promise((resolve) => {
          if (peer === undefined) resolve(true);
          else judge?.judge(socket as TLSSocket, Date.now(), (still) => resolve(still !== undefined));
        }),
    );
  }

  #entry(
    arrival: Arrival,
    serverName: string | undefined,
    original: OriginalDestination | undefined,
  ): Entry | undefined {
    const admission = this.#options.admit(arrival, serverName, original);
    return admission && { arrival, serverName, original, admission };
  }

  #serve(
    socket: Socket,
    entry: Entry,
    peer: Peer | undefined,
    bytes: Uint8Array,
    speaksHttp2: boolean,
  ): void {
    const { direction, port, scheme, protocol: admitted = 'http' } = entry.admission;
    const { original } = entry;
    const protocol = admitted !== 'detected' ? admitted : beginsLikeHttp(bytes) ? 'http' : 'tcp';
    const http2 = speaksHttp2 && protocol === 'http';
    const connection: Connection = {
      direction,
      port,
      scheme,
      remoteAddress: addressOf(socket.remoteAddress),
      localAddress: original?.address ?? addressOf(socket.localAddress),
      security: peer === undefined ? 'none' : 'mutual_tls',
      peer,
      serverName: entry.serverName,
      ...(original && { original }),
      ...(http2 && { http2 }),
    };
    this.#acceptor.serve({ socket, connection, protocol, entry }, bytes);
  }
}

function isSame(before: Admission, now: Admission | undefined): boolean {
  return (
    now !== undefined &&
    now.direction === before.direction &&
    now.port === before.port &&
    now.scheme === before.scheme &&
    (now.protocol ?? 'http') === (before.protocol ?? 'http')
  );
}
