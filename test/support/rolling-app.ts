/** An application that speaks HTTP/1.1 and gRPC (h2c) on its one port, as `PORT` says. */
import { createServer, type ServerResponse } from 'node:http';
import { createServer as createH2Server, type ServerHttp2Stream } from 'node:http2';
import { createServer as createTcpServer } from 'node:net';
import process from 'node:process';

/** What `/stream` sends, and how far apart. */
const parts = 8;
const apartMs = 40;

function stream(response: ServerResponse): void {
  let sent = 0;
  const timer = setInterval(() => {
    response.write(`part ${sent++}\n`);
    if (sent < parts) return;
    clearInterval(timer);
    response.end();
  }, apartMs);
}

const http = createServer(({ url }, response) => {
  if (url === '/stream') stream(response);
  else response.end(`here ${process.pid}`);
});
const h2 = createH2Server();
h2.on('stream', (one: ServerHttp2Stream) => {
  one.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
  one.on('wantTrailers', () => one.sendTrailers({ 'grpc-status': '0' }));
  one.resume().on('end', () => one.end(Uint8Array.of(0, 0, 0, 0, 2, 0x68, 0x69)));
  one.on('error', () => undefined);
});

createTcpServer((socket) => {
  socket.on('error', () => undefined);
  socket.once('data', (bytes: Buffer) => {
    socket.pause();
    socket.unshift(bytes);
    const isH2 = bytes.subarray(0, 3).toString() === 'PRI';
    (isH2 ? h2 : http).emit('connection', socket);
    // HTTP/2 takes over what was read by itself.
    if (!isH2) socket.resume();
  });
}).listen(Number(process.env.PORT), '127.0.0.1');
