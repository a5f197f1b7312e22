/** The load: `open` a number of connections, `run` a number of requests over them or `pace` them, `close`. */
import { LoadConnection, type LoadTarget, type Tally } from './load-connection.ts';
import { type Paced, runPaced } from './paced-load.ts';
import { answerQuestions } from './question-lines.ts';

/** Enough that the next ones are on their way while the client works on one. */
const HANDSHAKES_AT_ONCE = 8;
/** More at once would fill the backlog of the listener. */
const AT_ONCE = 64;

type Question =
  | { readonly kind: 'open'; readonly target: LoadTarget; readonly connections: number }
  | { readonly kind: 'run'; readonly count: number }
  | { readonly kind: 'probe' }
  | { readonly kind: 'pace'; readonly rate: number; readonly seconds: number }
  | { readonly kind: 'handshakes'; readonly target: LoadTarget; readonly count: number }
  | { readonly kind: 'close' };

let open: LoadConnection[] = [];

async function answer(question: Question): Promise<unknown> {
  if (question.kind === 'run') return run(question.count);
  if (question.kind === 'probe') return total(await probe(open));
  if (question.kind === 'pace') return pace(question.rate, question.seconds);
  if (question.kind === 'handshakes') return handshakes(question.target, question.count);
  for (const connection of open) connection.close();
  open = [];
  return question.kind === 'close' ? {} : openAll(question.target, question.connections);
}

async function openAll(target: LoadTarget, connections: number): Promise<Tally> {
  const tallies: Tally[] = [];
  while (open.length < connections) {
    const length = Math.min(AT_ONCE, connections - open.length);
    const opened = await Promise.allSettled(Array.from({ length }, () => LoadConnection.open(target)));
    const some = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    open.push(...some);
    if (some.length < length) return { answered: open.length, failed: connections - open.length };
    // The server ends a TLS 1.3 handshake later than the client: one answer each proves that it has. And it does
    // not wait for a first request as long as for the next ones.
    tallies.push(...(await probe(some)));
  }
  return total(tallies);
}

/** One request on each connection, a few at a time, as so many at once would want as many upstream connections. */
async function probe(connections: readonly LoadConnection[]): Promise<Tally[]> {
  const tallies: Tally[] = [];
  for (let first = 0; first < connections.length; first += AT_ONCE) {
    const some = connections.slice(first, first + AT_ONCE);
    tallies.push(...(await Promise.all(some.map((connection) => connection.run(1)))));
  }
  return tallies;
}

async function run(count: number): Promise<Tally & { seconds: number }> {
  const started = performance.now();
  const share = Math.ceil(count / open.length);
  const tallies = await Promise.all(open.map((connection) => connection.run(share)));
  return { ...total(tallies), seconds: (performance.now() - started) / 1000 };
}

function total(tallies: readonly Tally[]): Tally {
  const sum = (key: keyof Tally) => tallies.reduce((subtotal, tally) => subtotal + tally[key], 0);
  return { answered: sum('answered'), failed: sum('failed') };
}

function pace(rate: number, seconds: number): Promise<Paced> {
  return runPaced(open, rate, seconds);
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
