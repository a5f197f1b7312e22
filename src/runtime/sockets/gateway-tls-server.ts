import { constants } from 'node:crypto';
import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls';
import { RootTrust } from '../../identity/root-trust.ts';
import type { Trust } from '../../identity/trust.ts';
import { certificateNames } from '../../identity/x509/certificate-names.ts';
import type { TerminatedTls } from '../../snapshot/gateway-server.ts';
import type { Log } from '../ports.ts';
import { CertificateFiles } from './certificate-files.ts';
import { CredentialCertificates, type FindCredential } from './credential-certificates.ts';
import { PeerJudge } from './peer-judge.ts';
import type { Certificates } from './usable-certificates.ts';

/** Who says at this moment whose SVID a client showed; undefined where none is asked for, or nobody is believed yet. */
export type AskJudge = () => PeerJudge | undefined;

/** Gets a socket whose handshake is done. */
export type OnSecure = (socket: TLSSocket, judge: AskJudge) => void;

/**
 * Ends TLS for one server of a Gateway. Every set of TLS settings has a server of its own, chosen before the handshake:
 * not every runtime asks for client certificates by server name. It owns no port.
 */
export class GatewayTlsServer {
  #tls: TerminatedTls;
  readonly #alpn: readonly string[];
  readonly #files: CertificateFiles;
  readonly #credential: CredentialCertificates;
  readonly #onSecure: OnSecure;
  /** PEM, one each, of the certificates in use. */
  #roots: readonly string[] = [];
  #trust: Trust | undefined;
  #judge: PeerJudge | undefined;
  #server: Server | undefined;

  /** `onSecure` gets sockets whose handshake is done and whose client is verified as `tls` asks. */
  constructor(
    tls: TerminatedTls,
    alpn: readonly string[],
    credentials: FindCredential,
    log: Log,
    onSecure: OnSecure,
  ) {
    this.#tls = tls;
    this.#alpn = alpn;
    this.#files = new CertificateFiles(tls, log);
    this.#credential = new CredentialCertificates(credentials, log);
    this.#onSecure = onSecure;
  }

  /** Whom the mesh believes; until the first call no client is anybody. */
  setTrust(trust: Trust): void {
    this.#trust = trust;
    this.#judgeBy(this.#roots);
  }

  /**
   * Begins the handshake on a socket whose ClientHello is still unread; closes it while there is no certificate.
   * `tls` are the settings of now, which differ from the first ones in the versions of their credential only.
   */
  accept(socket: Socket, tls: TerminatedTls): void {
    this.#tls = tls;
    this.#refresh();
    if (this.#server === undefined) socket.destroy();
    else this.#server.emit('connection', socket);
  }

  #refresh(): void {
    const certificates = this.#changed();
    if (certificates === undefined) return;
    if (certificates === 'none') {
      this.#server = undefined;
      return;
    }
    const { chain, key, roots } = certificates;
    const { mode, minVersion, maxVersion } = this.#tls;
    const context = {
      cert: chain,
      key,
      ...(mode === 'SIMPLE' ? {} : { ca: [...roots] }),
      minVersion,
      maxVersion,
      // A resumed session would not show its certificate again: none where one is asked for.
      ...(mode === 'SIMPLE' ? {} : { secureOptions: constants.SSL_OP_NO_TICKET }),
    };
    this.#judgeBy(roots);
    if (this.#server !== undefined) this.#server.setSecureContext(context);
    else this.#server = this.#create(context);
  }

  #judgeBy(roots: readonly string[]): void {
    this.#roots = roots;
    const trust = this.#tls.mode === 'SIMPLE' ? undefined : this.#trust;
    this.#judge = trust && new PeerJudge(new RootTrust(roots, trust), 'client');
  }

  #changed(): Certificates | 'none' | undefined {
    const { credential } = this.#tls;
    return credential ? this.#credential.changed(credential) : this.#files.changed(performance.now());
  }

  #create(context: TlsOptions): Server {
    const { mode } = this.#tls;
    const server = createServer({
      ...context,
      requestCert: mode !== 'SIMPLE',
      rejectUnauthorized: mode === 'MUTUAL',
      ...(this.#alpn.length > 0 ? { ALPNProtocols: [...this.#alpn] } : {}),
    });
    server.on('secureConnection', (socket) => {
      if (this.#isWelcome(socket)) this.#onSecure(socket, () => this.#judge);
      else socket.destroy();
    });
    server.on('tlsClientError', (_error: Error, socket: TLSSocket) => socket.destroy());
    return server;
  }

  /** MUTUAL wants a verified certificate, OPTIONAL_MUTUAL none or a verified one; either with a name of the list. */
  #isWelcome(socket: TLSSocket): boolean {
    const { mode, subjectAltNames } = this.#tls;
    if (mode === 'SIMPLE') return true;
    const shown: { readonly raw?: Uint8Array } | undefined = socket.getPeerCertificate(true);
    const leaf = shown?.raw;
    if (leaf === undefined) return mode === 'OPTIONAL_MUTUAL' && !isResumed(socket);
    if (socket.authorized !== true || isResumed(socket)) return false;
    return subjectAltNames.length === 0 || namesOf(leaf).some((name) => subjectAltNames.includes(name));
  }
}

function isResumed(socket: TLSSocket): boolean {
  return socket.isSessionReused?.() === true;
}

/** None for what cannot be read: it names nobody. */
function namesOf(leaf: Uint8Array): readonly string[] {
  try {
    return certificateNames(leaf);
  } catch {
    return [];
  }
}
