/** The load: `open` a number of connections, `run` a number of requests over them, `close`. */
import { LoadConnection, type LoadTarget, type Tally } from './load-connection.ts';
import { answerQuestions } from './question-lines.ts';

const HANDSHAKES_AT_ONCE = 4;

type Question =
  | { readonly kind: 'open'; readonly target: LoadTarget; readonly connections: number }
  | { readonly kind: 'run'; readonly count: number }
  | { readonly kind: 'handshakes'; readonly target: LoadTarget; readonly count: number }
  | { readonly kind: 'close' };

let open: readonly LoadConnection[] = [];

async function answer(question: Question): Promise<unknown> {
  if (question.kind === 'run') return run(question.count);
  if (question.kind === 'handshakes') return handshakes(question.target, question.count);
  for (const connection of open) connection.close();
  open = [];
  if (question.kind === 'close') return {};
  const { target, connections } = question;
  open = await Promise.all(Array.from({ length: connections }, () => LoadConnection.open(target)));
  // The server ends a TLS 1.3 handshake later than the client: one answer each proves that it has.
  return run(connections);
}

async function run(count: number): Promise<Tally & { seconds: number }> {
  const started = performance.now();
  const share = Math.ceil(count / open.length);
  const tallies = await Promise.all(open.map((connection) => connection.run(share)));
  const sum = (key: keyof Tally) => tallies.reduce((total, tally) => total + tally[key], 0);
  const seconds = (performance.now() - started) / 1000;
  return { answered: sum('answered'), failed: sum('failed'), seconds };
}

/** New connections, a few at a time, with one request each. */
async function handshakes(target: LoadTarget, count: number): Promise<Tally> {
  const sum: Tally = { answered: 0, failed: 0 };
  const worker = async (): Promise<void> => {
    while (sum.answered + sum.failed < count) {
      const connection = await LoadConnection.open(target);
      const { answered, failed } = await connection.run(1);
      sum.answered += answered;
      sum.failed += failed;
      connection.close();
    }
  };
  await Promise.all(Array.from({ length: HANDSHAKES_AT_ONCE }, worker));
  return sum;
}

answerQuestions(answer);
