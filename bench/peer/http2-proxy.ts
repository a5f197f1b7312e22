/** A peer: a bare `node:http2` proxy that passes heads, bodies and trailers on, and does nothing else. */
import {
  type ClientHttp2Session,
  connect,
  constants,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import { endInOwnTurn } from '../../src/runtime/sockets/h2-session-end.ts';
import { answerQuestions } from '../process/question-lines.ts';
import { listenFree } from './node-listen.ts';
import type { PeerQuestion } from './peer-question.ts';

answerQuestions(async ({ origin }: Pick<PeerQuestion, 'origin'>) => {
  let session: ClientHttp2Session | undefined;
  const upstream = (): ClientHttp2Session => {
    if (session !== undefined && !session.closed && !session.destroyed) return session;
    session = connect(`http://127.0.0.1:${origin}`);
    endInOwnTurn(session);
    session.on('error', () => undefined);
    return session;
  };
  const server = createServer();
  // Without it Deno crashes when a client says goodbye.
  server.on('session', endInOwnTurn);
  server.on('stream', (client: ServerHttp2Stream, head: IncomingHttpHeaders) =>
    forward(client, head, upstream()),
  );
  return { plain: await listenFree(server), mtls: 0, tcp: 0 };
});

function forward(client: ServerHttp2Stream, head: IncomingHttpHeaders, session: ClientHttp2Session): void {
  const request = session.request({ ...head }, { endStream: false });
  let trailers: IncomingHttpHeaders = {};
  request.on('response', ({ ...fields }) => {
    client.respond(fields, { waitForTrailers: true });
    client.on('wantTrailers', () => client.sendTrailers(trailers));
    request.pipe(client);
  });
  request.on('trailers', (fields) => {
    trailers = { ...fields };
  });
  request.on('error', () => client.close(constants.NGHTTP2_INTERNAL_ERROR));
  client.on('error', () => undefined);
  client.on('aborted', () => request.close(constants.NGHTTP2_CANCEL));
  client.pipe(request);
}
