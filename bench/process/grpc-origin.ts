/** An origin that answers every gRPC call with one message and its status. */
import { createServer, type ServerHttp2Stream } from 'node:http2';
import { listenFree } from '../peer/node-listen.ts';
import { MESSAGE } from './grpc-call.ts';
import { answerQuestions } from './question-lines.ts';

const server = createServer();
server.on('stream', (stream: ServerHttp2Stream) => {
  stream.on('error', () => undefined);
  stream.resume();
  stream.on('end', () => {
    stream.respond(
      { ':status': 200, 'content-type': 'application/grpc+proto' },
      { waitForTrailers: true, endStream: false },
    );
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0', 'grpc-message': '' }));
    stream.end(MESSAGE);
  });
});

answerQuestions(async () => ({ port: await listenFree(server) }));
