import { connect as connectTcp, createServer, type Socket } from 'node:net';

/** A relay that passes the first octets of a connection on one by one. */
export function drip(to: number): Promise<{ port: number; close(): void }> {
  const sockets: Socket[] = [];
  const server = createServer((from) => {
    const onward = connectTcp({ host: '127.0.0.1', port: to, noDelay: true });
    sockets.push(from, onward);
    onward.pipe(from);
    from.on('error', () => undefined);
    onward.on('error', () => undefined);
    from.once('data', async (hello: Buffer) => {
      from.pause();
      for (let at = 0; at < hello.length; at += 40) {
        onward.write(hello.subarray(at, at + 40));
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      from.pipe(onward);
    });
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      const close = () => {
        for (const socket of sockets) socket.destroy();
        server.close();
      };
      resolve({ port, close });
    });
  });
}
