import type { JudgedStream } from './judged-stream.ts';
import { RawPeer } from './raw-peer.ts';
import type { Understood } from './recording-upstream.ts';

/** A response on a raw connection. */
export interface RawAnswer {
  readonly status: number;
  readonly body: string;
}

const PATIENCE_MS = 10_000;

/**
 * Sends what a client sends, in one connection, and takes answers until the connection ends; ends it when there are
 * as many as the judgement wants. Every answer must have a Content-Length.
 */
export async function sendPipeline(
  port: number,
  pieces: readonly Uint8Array[],
  judged: JudgedStream,
): Promise<RawAnswer[]> {
  const peer = await RawPeer.connect(port);
  const wanted = judged.requests.length;
  const ends = judged.end === 'refused' || judged.end === 'closed';
  const timer = setTimeout(() => peer.socket.destroy(), PATIENCE_MS);
  for (const piece of pieces) peer.write(piece);
  while (peer.ended === undefined && (ends || answersIn(peer.text).length < wanted)) await peer.change();
  peer.socket.end();
  await peer.untilEnd();
  clearTimeout(timer);
  return answersIn(peer.text);
}

/** How the answers differ from what an upstream must have understood; empty when they do not. */
export function differences(judged: JudgedStream, answers: readonly RawAnswer[]): string[] {
  const wanted: (Understood | undefined)[] = [...judged.requests];
  if (judged.end === 'refused') wanted.push(undefined);
  const found = wanted.flatMap((request, i) => difference(request, answers[i]));
  if (answers.length > wanted.length) found.push(`${answers.length - wanted.length} answers too many`);
  return found;
}

function difference(request: Understood | undefined, answer: RawAnswer | undefined): string[] {
  if (answer === undefined) return ['no answer'];
  if (request === undefined) return answer.status >= 400 ? [] : [`${answer.status} instead of a refusal`];
  if (answer.status !== 200) return [`status ${answer.status}`];
  const same = answer.body === JSON.stringify(request);
  return same ? [] : [`${JSON.stringify(request)} was understood as ${answer.body.slice(0, 500)}`];
}

/** The complete responses of a stream, in order. */
export function answersIn(text: string): RawAnswer[] {
  const answers: RawAnswer[] = [];
  for (let at = 0; ; ) {
    const headEnd = text.indexOf('\r\n\r\n', at);
    if (headEnd < 0) return answers;
    const head = text.slice(at, headEnd + 2);
    const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1]);
    const length = Number(/\r\ncontent-length: (\d+)\r\n/i.exec(head)?.[1]);
    if (Number.isNaN(status) || Number.isNaN(length)) throw new Error(`no such response: ${head}`);
    const body = text.slice(headEnd + 4, headEnd + 4 + length);
    if (body.length < length) return answers;
    answers.push({ status, body });
    at = headEnd + 4 + length;
  }
}
