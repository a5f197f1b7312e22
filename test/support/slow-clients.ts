import { connect, type Socket } from 'node:net';

/** How a client keeps a proxy waiting. */
export type SlowKind =
  | 'idle'
  | 'half head'
  | 'dripping head'
  | 'half body'
  | 'slow reader'
  | 'half handshake';

export const SLOW_KINDS: readonly SlowKind[] = [
  'idle',
  'half head',
  'dripping head',
  'half body',
  'slow reader',
  'half handshake',
];

/** Where a slow reader finds something long. */
export const LONG_PATH = '/long';

const HOST = 'Host: a.example\r\n';
const WORDS: Readonly<Record<SlowKind, string>> = {
  idle: '',
  'half head': 'GET / HTTP/1.1\r\nHost: a.exa',
  'dripping head': `GET / HTTP/1.1\r\n${HOST}X-Drip: `,
  'half body': `POST / HTTP/1.1\r\n${HOST}Content-Length: 100\r\n\r\nhalf`,
  'slow reader': `GET ${LONG_PATH} HTTP/1.1\r\n${HOST}\r\n`,
  'half handshake': '\x16\x03\x01\x02\x00\x01\x00\x01',
};
const DRIP_MS = 200;

/** Connects and is slow until it is closed, or the returned function ends it. */
export function startSlowClient(port: number, kind: SlowKind): () => void {
  const socket: Socket = connect({ host: '127.0.0.1', port, noDelay: true });
  socket.on('error', () => undefined);
  socket.write(Buffer.from(WORDS[kind], 'latin1'));
  if (kind === 'slow reader') socket.pause();
  else socket.resume();
  const drip = setInterval(() => {
    if (kind === 'dripping head' && socket.writable) socket.write('x');
  }, DRIP_MS);
  socket.on('close', () => clearInterval(drip));
  return () => {
    clearInterval(drip);
    socket.destroy();
  };
}
