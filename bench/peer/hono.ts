/** A peer: Hono's proxy helper, on any runtime. */
import { Hono } from 'hono';
import { proxy } from 'hono/proxy';
import { answerQuestions } from '../process/question-lines.ts';
import { serveFetch } from './fetch-server.ts';
import { forwardedFields } from './forwarded-fields.ts';
import type { PeerQuestion } from './peer-question.ts';

answerQuestions(({ origin, tls }: PeerQuestion) => {
  const app = new Hono();
  app.all('/api/*', ({ req }) => {
    const path = req.url.slice(req.url.indexOf('/', 'https://'.length));
    return proxy(`http://127.0.0.1:${origin}${path}`, { ...req, headers: forwardedFields(req.header()) });
  });
  return serveFetch((request) => app.fetch(request), tls);
});
