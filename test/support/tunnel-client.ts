import { connect, type Socket } from 'node:net';
import { RawPeer } from './raw-peer.ts';

/** A connection to a loopback port whose two directions end apart. */
export function halfOpen(port: number): Promise<RawPeer> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ host: '127.0.0.1', port, noDelay: true, allowHalfOpen: true }, () =>
      resolve(new RawPeer(socket)),
    );
    socket.once('error', reject);
  });
}

const END = '\r\n\r\n';

/** Asks a proxy port for a tunnel; the peer, and the head of what it answered. */
export async function connectThrough(
  port: number,
  target: string,
  headers: readonly string[] = [],
): Promise<{ peer: RawPeer; answer: string }> {
  const peer = await halfOpen(port);
  peer.write(`${[`CONNECT ${target} HTTP/1.1`, `Host: ${target}`, ...headers].join('\r\n')}\r\n\r\n`);
  // A server that speaks first may be heard in the same piece.
  const text = await peer.until(END);
  return { peer, answer: text.slice(0, text.indexOf(END) + END.length) };
}
