/** A peer: the runtime's own server before its own fetch (`Bun.serve`, `Deno.serve`). */
import { answerQuestions } from '../process/question-lines.ts';
import { serveFetch } from './fetch-server.ts';
import { forwardedFields } from './forwarded-fields.ts';
import type { PeerQuestion } from './peer-question.ts';

answerQuestions(({ origin, tls }: PeerQuestion) =>
  serveFetch((request) => {
    const path = request.url.slice(request.url.indexOf('/', 'https://'.length));
    const { method, body } = request;
    const headers = forwardedFields(Object.fromEntries(request.headers));
    return fetch(`http://127.0.0.1:${origin}${path}`, { method, headers, body, redirect: 'manual' });
  }, tls),
);
