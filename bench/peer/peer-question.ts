/** What a peer that is a script is told. */
export interface PeerQuestion {
  /** A port of loopback. */
  readonly origin: number;
  /** The folder with the packages of peers.json. */
  readonly packages: string;
  readonly tls: PeerTls;
}

/** PEM of a server that demands a client certificate. */
export interface PeerTls {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

/** A TLS server's options on Node: as the other proxies demand it. */
export function mutualTls(tls: PeerTls) {
  return { ...tls, requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.3' } as const;
}
