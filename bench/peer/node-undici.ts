/** A peer: node:http before undici's `stream`, the cheapest of its calls that keeps the body unread. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Writable } from 'node:stream';
import { answerQuestions } from '../process/question-lines.ts';
import { forwardedFields } from './forwarded-fields.ts';
import { listenFree } from './node-listen.ts';
import { loadPackage } from './peer-package.ts';
import { mutualTls, type PeerQuestion } from './peer-question.ts';

interface StreamAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
}

interface Undici {
  readonly Pool: new (
    origin: string,
    options: { readonly connections: number },
  ) => {
    stream(request: object, take: (answer: StreamAnswer) => Writable): Promise<unknown>;
  };
}

answerQuestions(async ({ origin, packages, tls }: PeerQuestion) => {
  const { Pool } = await loadPackage<Undici>(packages, 'undici');
  const pool = new Pool(`http://127.0.0.1:${origin}`, { connections: 64 });
  const forward = (request: IncomingMessage, response: ServerResponse): void => {
    const { method, url: path } = request;
    const body = method === 'GET' || method === 'HEAD' ? null : request;
    const upstream = { method, path, headers: forwardedFields(request.headers), body };
    pool
      .stream(upstream, ({ statusCode, headers }) => response.writeHead(statusCode, headers))
      .catch(() => response.destroy());
  };
  const plain = await listenFree(createServer(forward));
  return { plain, mtls: await listenFree(createSecureServer(mutualTls(tls), forward)), tcp: 0 };
});
