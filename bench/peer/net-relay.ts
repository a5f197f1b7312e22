/** A floor: bytes from connection to connection by `node:net` and `node:tls`, not one of them looked at. */
import { connect, createServer, type Socket } from 'node:net';
import { createServer as createSecureServer } from 'node:tls';
import { answerQuestions } from '../process/question-lines.ts';
import { listenFree } from './node-listen.ts';
import { mutualTls, type PeerQuestion } from './peer-question.ts';

answerQuestions(async ({ origin, tls }: PeerQuestion) => {
  const relay = (client: Socket): void => {
    const upstream = connect({ host: '127.0.0.1', port: origin, noDelay: true });
    client.setNoDelay(true);
    client.pipe(upstream).pipe(client);
    client.on('error', () => upstream.destroy());
    upstream.on('error', () => client.destroy());
  };
  const plain = await listenFree(createServer(relay));
  const mtls = await listenFree(
    createSecureServer({ ...mutualTls(tls), ALPNProtocols: ['http/1.1'] }, relay),
  );
  return { plain, mtls, tcp: plain };
});
