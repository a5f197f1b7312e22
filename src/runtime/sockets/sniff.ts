import type { Socket } from 'node:net';
import { readClientHello } from '../../http/client-hello.ts';
import type { Arrival } from './admission.ts';

/** What the first bytes of a connection are. */
export interface Sniffed {
  readonly arrival: Arrival;
  readonly serverName: string | undefined;
  /** The bytes that were read for it. */
  readonly bytes: Uint8Array;
}

const TLS_HANDSHAKE = 0x16;
/** A ClientHello of 16 KiB and the headers of the records it may come in. */
const MAX_BYTES = 17 * 1024;

/** Reads until it can tell TLS from plaintext, and mesh TLS from other; undefined is a ClientHello that is none. */
export function sniff(socket: Socket, onSniffed: (sniffed: Sniffed | undefined) => void): void {
  let bytes: Uint8Array | undefined;
  const onReadable = () => {
    for (let chunk: Uint8Array | null = socket.read(); chunk !== null; chunk = socket.read()) {
      bytes = bytes === undefined ? chunk : Buffer.concat([bytes, chunk]);
    }
    if (bytes === undefined) return;
    const sniffed = judge(bytes);
    if (sniffed === 'more') return;
    socket.removeListener('readable', onReadable);
    onSniffed(sniffed);
  };
  socket.on('readable', onReadable);
}

function judge(bytes: Uint8Array): Sniffed | undefined | 'more' {
  if (bytes[0] !== TLS_HANDSHAKE) return { arrival: 'plaintext', serverName: undefined, bytes };
  const hello = readClientHello(bytes);
  if (hello.kind === 'more') return bytes.length > MAX_BYTES ? undefined : 'more';
  if (hello.kind === 'invalid') return undefined;
  const arrival = hello.alpn.includes('weft') ? 'mesh-tls' : 'foreign-tls';
  return { arrival, serverName: hello.serverName, bytes };
}
