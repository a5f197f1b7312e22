import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Trust } from '../../identity/trust.ts';
import type { Connection, Peer } from '../../proxy/decide/connection.ts';
import type { ConnectionHandler } from '../../proxy/exchange.ts';
import type { GatewayServer } from '../../snapshot/gateway-server.ts';
import { type AcceptOptions, Acceptor, type Place } from './acceptor.ts';
import type { BodySource } from './body.ts';
import { clientCertificate } from './client-certificate.ts';
import type { FindCredential } from './credential-certificates.ts';
import type { AskJudge } from './gateway-tls-server.ts';
import { GatewayTlsServers, terminates } from './gateway-tls-servers.ts';
import { hasEnded } from './has-ended.ts';
import { shownLeaf } from './peer-certificates.ts';
import type { Sniffed } from './sniff.ts';
import { addressOf } from './socket-address.ts';

/** A port of a gateway. */
export interface GatewayListenOptions extends AcceptOptions {
  /** The port that it stands for in the configuration (Gateway servers[].port.number). */
  readonly serverPort: number;
  /** The server of a connection at this moment; undefined closes it. On a port without TLS the name is undefined. */
  readonly server: (serverName: string | undefined) => GatewayServer | undefined;
  /** All servers of the port at this moment; they begin with TLS either all or none. */
  readonly servers: () => readonly GatewayServer[];
  readonly tcp: ConnectionHandler<BodySource>;
  /** What is held of Secrets; without it servers that name one let nobody in. */
  readonly credentials?: FindCredential;
}

/** How a connection came in: the server name that was asked for, the guard of its server then, who judges its client. */
interface Entry {
  readonly serverName: string | undefined;
  readonly guard: string;
  readonly judge: AskJudge;
}

const NOTHING = new Uint8Array(0);
const NO_JUDGE: AskJudge = () => undefined;

/** An open port of a gateway: HTTP, TLS ended or passed through by server name, or TCP, as its servers say. */
export class GatewayListener {
  readonly #options: GatewayListenOptions;
  readonly #acceptor: Acceptor<Entry>;
  readonly #tls: GatewayTlsServers;
  #trust: Trust | undefined;

  private constructor(options: GatewayListenOptions) {
    this.#options = options;
    const { credentials = () => undefined, log } = options;
    this.#tls = new GatewayTlsServers(credentials, log, (socket, judge) => this.#secured(socket, judge));
    this.#acceptor = new Acceptor(options, (socket) => this.#arrived(socket));
  }

  /** Opens the port. Rejects where it cannot be bound. */
  static async open(options: GatewayListenOptions): Promise<GatewayListener> {
    const listener = new GatewayListener(options);
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

  /** Connections above a limit since the start. */
  get refused(): number {
    return this.#acceptor.refused;
  }

  /** The configuration changed: closes what a server of now would not have let in as it came. */
  recheck(): void {
    this.#acceptor.recheck(
      ({ entry: { serverName, guard } }) => guardOf(this.#options.server(serverName)) === guard,
    );
    this.#tls.retain(this.#options.servers());
  }

  /**
   * Whom the mesh believes; until the first call no client is anybody. Closes the connections of clients that would
   * not be who they came in as, or that are denied.
   */
  setTrust(trust: Trust): void {
    const before = this.#trust;
    // The same trust as before keeps its verdicts.
    if (before !== undefined && !before.isWiderThan(trust) && !trust.isWiderThan(before)) return;
    this.#trust = trust;
    this.#tls.setTrust(trust);
    void this.#acceptor.recheckSlowly((place) => this.#isStill(place));
  }

  /** Asks HTTP clients not to come back, and goes on serving. */
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

  #arrived(socket: Socket): void {
    const { server, servers } = this.#options;
    if (servers().some((one) => 'tls' in one))
      this.#acceptor.sniff(socket, 'tls', (sniffed) => this.#greeted(socket, sniffed));
    else if (server(undefined)?.protocol === 'TCP') this.#plain(socket, NOTHING, false);
    else
      this.#acceptor.sniff(socket, 'plaintext', (sniffed) => {
        if (sniffed !== undefined) this.#plain(socket, sniffed.bytes, sniffed.http2);
      });
  }

  #plain(socket: Socket, bytes: Uint8Array, http2: boolean): void {
    const server = this.#options.server(undefined);
    if (server === undefined || 'tls' in server) socket.destroy();
    else this.#serve(socket, server, { serverName: undefined, judge: NO_JUDGE }, bytes, http2);
  }

  /** The ClientHello is there: its server name says which server it is for. */
  #greeted(socket: Socket, sniffed: Sniffed | undefined): void {
    const hello = sniffed === undefined || sniffed.arrival === 'plaintext' ? undefined : sniffed;
    const server = hello && this.#options.server(hello.serverName);
    if (hello === undefined || server === undefined || !('tls' in server)) {
      socket.destroy();
    } else if (terminates(server)) {
      const { serverName } = hello;
      this.#acceptor.enter(socket, hello, { serverName, guard: guardOf(server), judge: NO_JUDGE });
      this.#tls.accept(socket, server);
    } else {
      this.#serve(socket, server, { serverName: hello.serverName, judge: NO_JUDGE }, hello.bytes, false);
    }
  }

  /** A handshake is done: whose SVID the client showed is judged before anything is read. */
  #secured(socket: TLSSocket, judge: AskJudge): void {
    const begun = this.#acceptor.secured(socket);
    if (begun === undefined) socket.destroy();
    else this.#ask(socket, { ...begun, judge });
  }

  #ask(socket: TLSSocket, begun: Entry): void {
    const judge = begun.judge();
    if (judge === undefined) this.#judged(socket, begun, undefined);
    else
      judge.judge(socket, Date.now(), (peer) => {
        // Whom we believe has changed meanwhile: the verdict is that of another judge.
        if (judge !== begun.judge()) this.#ask(socket, begun);
        else this.#judged(socket, begun, peer);
      });
  }

  /** The configuration may have changed meanwhile. */
  #judged(socket: TLSSocket, begun: Entry, peer: Peer | undefined): void {
    const server = this.#options.server(begun.serverName);
    if (server === undefined || guardOf(server) !== begun.guard || hasEnded(socket)) socket.destroy();
    else if (begun.judge() !== undefined && this.#denies(socket)) socket.destroy();
    else this.#serve(socket, server, begun, NOTHING, socket.alpnProtocol === 'h2', peer);
  }

  /** The mesh denies it: then it does not come in as a stranger either. */
  #denies(socket: TLSSocket): boolean {
    const leaf = shownLeaf(socket);
    return leaf !== undefined && this.#trust?.denies(leaf) === true;
  }

  async #isStill({ socket, connection, entry }: Place<Entry>): Promise<boolean> {
    const judge = entry.judge();
    if (judge === undefined) return connection.peer === undefined;
    const client = socket as TLSSocket;
    if (this.#denies(client)) return false;
    if (connection.peer === undefined) return true;
    return new Promise((resolve) => {
      judge.judge(client, Date.now(), (still) => resolve(still !== undefined));
    });
  }

  #serve(
    socket: Socket | TLSSocket,
    server: GatewayServer,
    { serverName, judge }: Pick<Entry, 'serverName' | 'judge'>,
    bytes: Uint8Array,
    http2: boolean,
    peer?: Peer,
  ): void {
    const readsHttp = 'virtualHosts' in server;
    const isClaim = (trustDomain: string) => peer === undefined && this.#trust?.knows(trustDomain) !== false;
    const certificate = terminates(server)
      ? clientCertificate(socket as TLSSocket, server.tls, isClaim)
      : undefined;
    const connection: Connection = {
      direction: 'gateway',
      port: this.#options.serverPort,
      scheme: server.protocol === 'HTTPS' ? 'https' : 'http',
      remoteAddress: addressOf(socket.remoteAddress),
      localAddress: addressOf(socket.localAddress),
      security: peer === undefined ? 'none' : 'mutual_tls',
      peer,
      serverName,
      ...(certificate !== undefined && { certificate }),
      ...(http2 && readsHttp && { http2 }),
    };
    const protocol = readsHttp ? 'http' : 'tcp';
    const entry = { serverName, guard: guardOf(server), judge };
    this.#acceptor.serve({ socket, connection, protocol, entry }, bytes);
  }
}

/** What a connection had to pass, as text: it changes when the demands on clients do, not with the certificate. */
function guardOf(server: GatewayServer | undefined): string {
  if (server === undefined) return '';
  if (!terminates(server)) return 'tls' in server ? 'PASSTHROUGH' : server.protocol;
  const { mode, caFile, credential, subjectAltNames, minVersion, maxVersion } = server.tls;
  const authority = credential ? [credential.authority, credential.authorityVersion] : caFile;
  return JSON.stringify([server.protocol, mode, authority, subjectAltNames, minVersion, maxVersion]);
}
