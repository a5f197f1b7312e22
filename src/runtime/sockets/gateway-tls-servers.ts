import type { Socket } from 'node:net';
import type { Trust } from '../../identity/trust.ts';
import type { GatewayServer, HttpsServer, TerminatedTls, TlsServer } from '../../snapshot/gateway-server.ts';
import type { Log } from '../ports.ts';
import type { FindCredential } from './credential-certificates.ts';
import { GatewayTlsServer, type OnSecure } from './gateway-tls-server.ts';

/** A server that ends TLS. */
export type Terminating = (HttpsServer | TlsServer) & { readonly tls: TerminatedTls };

/** Whether TLS ends at this server. */
export function terminates(server: GatewayServer): server is Terminating {
  return 'tls' in server && server.tls.mode !== 'PASSTHROUGH';
}

/** The TLS servers of a gateway's port: one for each set of settings, made when it is first asked for. */
export class GatewayTlsServers {
  readonly #credentials: FindCredential;
  readonly #log: Log;
  readonly #onSecure: OnSecure;
  readonly #bySettings = new Map<string, GatewayTlsServer>();
  #trust: Trust | undefined;

  constructor(credentials: FindCredential, log: Log, onSecure: OnSecure) {
    this.#credentials = credentials;
    this.#log = log;
    this.#onSecure = onSecure;
  }

  /** Whom the mesh believes; until the first call no client is anybody. */
  setTrust(trust: Trust): void {
    this.#trust = trust;
    for (const one of this.#bySettings.values()) one.setTrust(trust);
  }

  /** Begins the handshake of `server` on a socket whose ClientHello is still unread. */
  accept(socket: Socket, server: Terminating): void {
    const key = settingsOf(server);
    const known = this.#bySettings.get(key);
    const one = known ?? this.#made(server);
    if (known === undefined) this.#bySettings.set(key, one);
    one.accept(socket, server.tls);
  }

  /** Forgets the settings that none of these servers has; handshakes under way end as they began. */
  retain(servers: readonly GatewayServer[]): void {
    const used = new Set(servers.filter(terminates).map(settingsOf));
    for (const key of this.#bySettings.keys()) if (!used.has(key)) this.#bySettings.delete(key);
  }

  #made(server: Terminating): GatewayTlsServer {
    const { tls } = server;
    const made = new GatewayTlsServer(tls, alpnOf(server), this.#credentials, this.#log, this.#onSecure);
    if (this.#trust !== undefined) made.setTrust(this.#trust);
    return made;
  }
}

/** TLS that carries something else than HTTP negotiates nothing. */
function alpnOf({ protocol }: Terminating): readonly string[] {
  return protocol === 'HTTPS' ? ['h2', 'http/1.1'] : [];
}

/** Without the versions of a credential: the certificate in use serves until the next is there. */
function settingsOf(server: Terminating): string {
  const { credential, ...settings } = server.tls;
  return JSON.stringify([alpnOf(server), settings, credential?.certificate, credential?.authority]);
}
