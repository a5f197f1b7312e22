import type { Socket } from 'node:net';
import process from 'node:process';
import { readClientHello } from '../../http/client-hello.ts';
import type { Arrival } from './admission.ts';

/** What the first bytes of a connection are. */
export interface Sniffed {
  readonly arrival: Arrival;
  readonly serverName: string | undefined;
  /** Plaintext that begins with the preface of HTTP/2 (RFC 9113 §3.4). */
  readonly http2: boolean;
  /** The bytes that were read for it. */
  readonly bytes: Uint8Array;
}

const TLS_HANDSHAKE = 0x16;
const PREFACE = new TextEncoder().encode('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
/** A ClientHello of 16 KiB and the headers of the records it may come in. */
const MAX_BYTES = 17 * 1024;

/**
 * Reads until it can tell TLS from plaintext, mesh TLS from other, and HTTP/2 from HTTP/1; undefined is a
 * ClientHello that is none. On a `plaintext` port nothing is taken for TLS.
 */
export function sniff(
  socket: Socket,
  onSniffed: (sniffed: Sniffed | undefined) => void,
  tls: 'tls' | 'plaintext' = 'tls',
): void {
  let bytes: Uint8Array | undefined;
  let sniffing = true;
  const onReadable = () => {
    for (let chunk: Uint8Array | null = socket.read(); chunk !== null; chunk = socket.read()) {
      bytes = bytes === undefined ? chunk : Buffer.concat([bytes, chunk]);
    }
    if (bytes === undefined) return;
    const sniffed = judge(bytes, tls === 'tls');
    if (sniffed === 'more') return;
    sniffing = false;
    socket.removeListener('readable', onReadable);
    // The stream leaves this way of reading in a tick of its own, and would undo a pause that came before.
    process.nextTick(onSniffed, sniffed);
  };
  socket.on('readable', onReadable);
  // A client that ends its side before it said who it is has nothing to wait for.
  socket.once('end', () => {
    if (!sniffing) return;
    sniffing = false;
    socket.destroy();
  });
}

function judge(bytes: Uint8Array, tls: boolean): Sniffed | undefined | 'more' {
  if (!tls || bytes[0] !== TLS_HANDSHAKE) {
    const http2 = startsLikePreface(bytes);
    if (http2 && bytes.length < PREFACE.length) return 'more';
    return { arrival: 'plaintext', serverName: undefined, http2, bytes };
  }
  const hello = readClientHello(bytes);
  if (hello.kind === 'more') return bytes.length > MAX_BYTES ? undefined : 'more';
  if (hello.kind === 'invalid') return undefined;
  const arrival = hello.alpn.includes('weft') ? 'mesh-tls' : 'foreign-tls';
  return { arrival, serverName: hello.serverName, http2: false, bytes };
}

function startsLikePreface(bytes: Uint8Array): boolean {
  const length = Math.min(bytes.length, PREFACE.length);
  for (let i = 0; i < length; i++) if (bytes[i] !== PREFACE[i]) return false;
  return true;
}
