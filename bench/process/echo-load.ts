/** The load of tunnels: `open` a number of connections, `run` a number of messages over them, `close`. Under Bun. */
import { EchoConnection } from './echo-connection.ts';
import type { Tally } from './load-connection.ts';
import { answerQuestions } from './question-lines.ts';

/** What the load of tunnels is asked. */
export type EchoQuestion =
  | {
      readonly kind: 'open';
      readonly port: number;
      readonly head: string | null;
      readonly connections: number;
    }
  | { readonly kind: 'run'; readonly bytes: number; readonly count: number; readonly window: number }
  | { readonly kind: 'close' };

let open: readonly EchoConnection[] = [];

async function answer(question: EchoQuestion): Promise<Tally> {
  if (question.kind === 'run') return run(question.bytes, question.count, question.window);
  for (const connection of open) connection.close();
  open = [];
  if (question.kind === 'close') return { answered: 0, failed: 0 };
  const { port, head, connections } = question;
  const opening = Array.from({ length: connections }, () => EchoConnection.open(port, head ?? undefined));
  const opened = await Promise.allSettled(opening);
  open = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  return { answered: open.length, failed: connections - open.length };
}

/** Messages that came back, and those that did not. */
async function run(bytes: number, count: number, window: number): Promise<Tally> {
  const message = new Uint8Array(bytes).fill(120);
  const share = Math.ceil(count / open.length);
  const lost = await Promise.all(open.map((connection) => connection.run(message, share, window)));
  const failed = lost.reduce((sum, one) => sum + one, 0);
  return { answered: share * open.length - failed, failed };
}

answerQuestions(answer);
