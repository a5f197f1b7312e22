/** The load of gRPC: `open` a number of connections, `run` a number of unary calls over them, `close`. */
import { type ClientHttp2Session, connect } from 'node:http2';
import { CALL_HEAD, MESSAGE } from './grpc-call.ts';
import type { Tally } from './load-connection.ts';
import { answerQuestions } from './question-lines.ts';

/** What the load of gRPC is asked. */
export type GrpcQuestion =
  | { readonly kind: 'open'; readonly port: number; readonly connections: number }
  | { readonly kind: 'run'; readonly count: number; readonly streams: number }
  | { readonly kind: 'close' };

let open: readonly ClientHttp2Session[] = [];

async function answer(question: GrpcQuestion): Promise<Tally> {
  if (question.kind === 'run') return run(question.count, question.streams);
  for (const session of open) session.close();
  open = [];
  if (question.kind === 'close') return { answered: 0, failed: 0 };
  const { port, connections } = question;
  const opening = Array.from({ length: connections }, () => openSession(port));
  const opened = await Promise.allSettled(opening);
  open = opened.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
  return { answered: open.length, failed: connections - open.length };
}

function openSession(port: number): Promise<ClientHttp2Session> {
  return new Promise((resolve, reject) => {
    const session = connect(`http://127.0.0.1:${port}`);
    session.on('error', reject);
    session.on('connect', () => resolve(session));
  });
}

/** So many streams on each connection, each with one call after the other. */
async function run(count: number, streams: number): Promise<Tally> {
  const sum: Tally = { answered: 0, failed: 0 };
  const worker = async (session: ClientHttp2Session): Promise<void> => {
    const share = Math.ceil(count / open.length / streams);
    for (let calls = 0; calls < share; calls++) {
      if (await call(session)) sum.answered++;
      else sum.failed++;
    }
  };
  await Promise.all(open.flatMap((session) => Array.from({ length: streams }, () => worker(session))));
  return sum;
}

/** Whether the whole message came back, with status 0 behind it. */
function call(session: ClientHttp2Session): Promise<boolean> {
  const stream = session.request(CALL_HEAD, { endStream: false });
  let received = 0;
  let status: unknown;
  stream.on('data', (chunk: Buffer) => {
    received += chunk.length;
  });
  stream.on('trailers', (trailers) => {
    status = trailers['grpc-status'];
  });
  stream.on('error', () => undefined);
  stream.end(MESSAGE);
  return new Promise((resolve) => {
    stream.on('close', () => resolve(received === MESSAGE.length && status === '0'));
  });
}

answerQuestions(answer);
