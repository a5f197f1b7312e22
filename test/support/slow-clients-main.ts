/** Slow clients, and what the slow readers among them read, in a process of their own: beside them others are measured. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { answerQuestions } from '../../bench/process/question-lines.ts';
import { LONG_PATH, SLOW_KINDS, startSlowClient } from './slow-clients.ts';

/** `upstream` answers with its port; `start` when so many clients have come to `port`, one each `arrivalMs`. */
export type SlowQuestion =
  | { readonly kind: 'upstream' }
  | { readonly kind: 'start'; readonly port: number; readonly clients: number; readonly arrivalMs: number }
  | { readonly kind: 'end' };

const LONG = Buffer.alloc(16 * 2 ** 20);
const upstream = createServer((request, response) => {
  request.resume();
  if (request.url === LONG_PATH) response.end(LONG);
});
const ends: (() => void)[] = [];

answerQuestions(async (question: SlowQuestion) => {
  switch (question.kind) {
    case 'upstream':
      await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
      return { port: (upstream.address() as AddressInfo).port };
    case 'start':
      for (let i = 0; i < question.clients; i++) {
        ends.push(startSlowClient(question.port, SLOW_KINDS[i % SLOW_KINDS.length] ?? 'idle'));
        if (question.arrivalMs > 0) await sleep(question.arrivalMs);
      }
      return {};
    case 'end':
      for (const end of ends) end();
      return {};
  }
});
