/** An origin that costs as little as it can: 128 bytes for every request head, whatever it says. */
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { BODY_LENGTH } from './body-length.ts';
import { answerQuestions } from './question-lines.ts';

const HEAD = `HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: ${BODY_LENGTH}\r\n\r\n`;
const RESPONSE = Buffer.from(HEAD + 'x'.repeat(BODY_LENGTH), 'latin1');
const HEAD_END = '\r\n\r\n';

function serve(socket: Socket): void {
  let rest = '';
  socket.setNoDelay(true);
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    const text = rest + chunk.toString('latin1');
    let from = 0;
    for (let end = text.indexOf(HEAD_END); end >= 0; end = text.indexOf(HEAD_END, from)) {
      from = end + HEAD_END.length;
      socket.write(RESPONSE);
    }
    rest = text.slice(from);
  });
}

answerQuestions(
  () =>
    new Promise((resolve) => {
      const server = createServer(serve);
      server.listen(0, '127.0.0.1', () => resolve({ port: (server.address() as AddressInfo).port }));
    }),
);
