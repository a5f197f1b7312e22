/** A peer: `http-proxy` with a keep-alive agent. */
import { Agent, createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { answerQuestions } from '../process/question-lines.ts';
import { listenFree } from './node-listen.ts';
import { loadPackage } from './peer-package.ts';
import { mutualTls, type PeerQuestion } from './peer-question.ts';

interface HttpProxy {
  readonly default: {
    createProxyServer(options: { readonly target: string; readonly agent: Agent }): {
      web(request: IncomingMessage, response: ServerResponse): void;
      on(
        event: 'error',
        told: (error: Error, request: IncomingMessage, response: ServerResponse) => void,
      ): void;
    };
  };
}

answerQuestions(async ({ origin, packages, tls }: PeerQuestion) => {
  const { default: library } = await loadPackage<HttpProxy>(packages, 'http-proxy');
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const proxy = library.createProxyServer({ target: `http://127.0.0.1:${origin}`, agent });
  proxy.on('error', (_error, _request, response) => response.destroy());
  const forward = (request: IncomingMessage, response: ServerResponse): void => proxy.web(request, response);
  const plain = await listenFree(createServer(forward));
  return { plain, mtls: await listenFree(createSecureServer(mutualTls(tls), forward)), tcp: 0 };
});
