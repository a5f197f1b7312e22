import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Something that is sent on many connections at once to exhaust a proxy. */
export interface Flood {
  readonly name: string;
  /** Sends it on one connection; resolves when there is no more to send or the proxy closed it. */
  send(socket: Socket): Promise<void>;
}

const HOST = 'Host: a.example\r\n';
const KIB = 1024;

/** What befalls proxies; the last ones stay within the limits of a head. */
export const FLOODS: readonly Flood[] = [
  {
    name: 'one endless header line',
    send: (socket) => pour(socket, `GET / HTTP/1.1\r\n${HOST}X: `, 'x'.repeat(16 * KIB), 64),
  },
  {
    name: 'endless header lines',
    send: (socket) => pour(socket, `GET / HTTP/1.1\r\n${HOST}`, 'X-Bomb: y\r\n'.repeat(512), 200),
  },
  {
    name: 'an endless target',
    send: (socket) => pour(socket, 'GET /', 'a'.repeat(16 * KIB), 64),
  },
  {
    name: 'endless chunk extensions',
    send: (socket) =>
      pour(
        socket,
        `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n1`,
        ';a=b'.repeat(4 * KIB),
        64,
      ),
  },
  {
    name: 'endless trailers',
    send: (socket) =>
      pour(
        socket,
        `POST / HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n0\r\n`,
        'X-Trailer: y\r\n'.repeat(512),
        200,
      ),
  },
  {
    name: 'heads full of cookies, just within the limits',
    send: (socket) =>
      pour(socket, '', `GET / HTTP/1.1\r\n${HOST}${`Cookie: ${'c'.repeat(600)}\r\n`.repeat(95)}\r\n`, 32),
  },
  {
    name: 'requests in a row whose answers nobody takes',
    send: (socket) => {
      socket.pause();
      return pour(socket, '', `GET / HTTP/1.1\r\n${HOST}\r\n`.repeat(256), 64);
    },
  },
];

const QUIET_MS = 300;

/** Writes the start and then piece after piece, as fast as they are taken. */
export async function pour(
  socket: Socket,
  start: string | Uint8Array,
  piece: string | ((i: number) => Uint8Array),
  times: number,
): Promise<void> {
  socket.write(start);
  for (let i = 0; i < times && socket.writable; i++) {
    const next = typeof piece === 'string' ? piece : piece(i);
    // A proxy that takes no more has shown what it keeps.
    if (!socket.write(next)) await Promise.race([progress(socket), sleep(QUIET_MS)]);
  }
}

function progress(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('drain', resolve);
    socket.once('close', () => resolve());
  });
}

/** How a flood comes in: a connection to a port of loopback, bare or in TLS. */
export type Dial = (port: number) => Socket;

export const inPlaintext: Dial = (port) => connect({ host: '127.0.0.1', port, noDelay: true });

/** Opens connections, floods them side by side, and keeps them open until the flood is over. */
export async function flood(
  port: number,
  connections: number,
  { send }: Flood,
  dial: Dial = inPlaintext,
): Promise<void> {
  const sockets = Array.from({ length: connections }, () => dial(port));
  for (const socket of sockets)
    socket
      .on('error', () => undefined)
      .resume()
      .setMaxListeners(0);
  await Promise.all(sockets.map(send));
  for (const socket of sockets) socket.destroy();
}
