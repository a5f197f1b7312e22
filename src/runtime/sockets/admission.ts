import type { Connection, OriginalDestination } from '../../proxy/decide/connection.ts';

/** How a connection presents itself before anything is known of its peer. */
export type Arrival =
  /** TLS with the `weft` ALPN offer. */
  | 'mesh-tls'
  | 'plaintext'
  /** TLS without it: the application's own. */
  | 'foreign-tls';

/** What an admitted connection is for. */
export interface Admission extends Pick<Connection, 'direction' | 'port' | 'scheme'> {
  /** `tcp`: its bytes are passed on unread; `detected`: unless they begin like HTTP. Absent = `http`. */
  readonly protocol?: 'http' | 'tcp' | 'detected';
}

/**
 * Lets a connection in or, by undefined, closes it (PeerAuthentication). `serverName` is the SNI, lower-case;
 * `original` where it was going, if it was redirected.
 */
export type Admit = (
  arrival: Arrival,
  serverName: string | undefined,
  original?: OriginalDestination,
) => Admission | undefined;
