import { type ConnectionOptions, connect as connectTls, type TLSSocket } from 'node:tls';
import { SERVER_NAME } from './socket-mesh.ts';

/** What a TLS client with these options gets to read after one request. */
export function ask(port: number, options: ConnectionOptions): Promise<{ text: string; socket: TLSSocket }> {
  return new Promise((resolve) => {
    let got = '';
    const socket: TLSSocket = connectTls({
      host: '127.0.0.1',
      port,
      servername: SERVER_NAME,
      rejectUnauthorized: false,
      ALPNProtocols: ['weft', 'http/1.1'],
      ...options,
    });
    const done = () => resolve({ text: got, socket });
    socket.on('secureConnect', () => {
      socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    });
    socket.on('data', (chunk: Buffer) => {
      got += chunk.toString('latin1');
    });
    socket.on('error', done);
    socket.on('close', done);
  });
}
