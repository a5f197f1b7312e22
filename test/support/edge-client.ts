import { type ConnectionOptions, connect } from 'node:tls';
import { certificateNames } from '../../src/identity/x509/certificate-names.ts';
import { RawPeer } from './raw-peer.ts';

/** What a TLS client got. */
export interface EdgeAnswer {
  /** Everything that came, Latin-1; empty where the handshake failed. */
  readonly text: string;
  /** The names of the certificate that the server showed. */
  readonly names: readonly string[];
}

/** A GET with that Host over TLS. Without `servername` no SNI is sent. */
export function askEdge(port: number, host: string, options: ConnectionOptions = {}): Promise<EdgeAnswer> {
  const request = `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
  return sendEdge(port, request, { ALPNProtocols: ['http/1.1'], ...options });
}

/** Sends bytes over TLS and reads to the end. */
export function sendEdge(port: number, bytes: string, options: ConnectionOptions): Promise<EdgeAnswer> {
  return new Promise((resolve) => {
    let text = '';
    let names: readonly string[] = [];
    const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options });
    socket.on('secureConnect', () => {
      const { raw } = socket.getPeerCertificate(true);
      names = raw === undefined ? [] : certificateNames(raw);
      socket.write(bytes);
    });
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
    });
    const done = () => resolve({ text, names });
    socket.on('error', done);
    socket.on('close', done);
  });
}

/** A TLS connection that is kept for several requests. */
export class EdgePeer {
  readonly peer: RawPeer;

  private constructor(peer: RawPeer) {
    this.peer = peer;
  }

  static connect(port: number, servername: string, options: ConnectionOptions = {}): Promise<EdgePeer> {
    return new Promise((resolve, reject) => {
      const place = { host: '127.0.0.1', port, servername, rejectUnauthorized: false, ...options };
      const socket = connect(place, () => resolve(new EdgePeer(new RawPeer(socket))));
      socket.once('error', reject);
    });
  }

  /** Asks once more, and resolves with all that came once `count` whole answers are there. */
  get(host: string, count = 1): Promise<string> {
    this.peer.write(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    return this.peer.until(`this is ${host}`, count);
  }
}
