import type { Framing } from '../../http/framing.ts';
import { HeaderList } from '../../http/header-list.ts';
import { responseHeadText } from '../../http/write-head.ts';
import type { ProxyResponse } from '../../proxy/forward/transport.ts';
import type { BodySource } from './body.ts';
import { BodyWriter, type BodyWriterOwner } from './body-writer.ts';
import type { SocketWriter } from './socket-writer.ts';

const NONE: Framing = { kind: 'none' };
const EMPTY: Framing = { kind: 'length', length: 0 };
const CHUNKED: Framing = { kind: 'chunked' };
const CLOSE: Framing = { kind: 'close' };
const ENCODER = new TextEncoder();
const CONTINUE = ENCODER.encode('HTTP/1.1 100 Continue\r\n\r\n');

/** What a response must know of its request. */
export interface Answered {
  readonly method: string;
  /** Whether the client understands chunks (not in HTTP/1.0). */
  readonly chunks: boolean;
  readonly keepAlive: boolean;
}

/**
 * Sends a response; its framing is decided here. Returns the writer of a body that comes from a source (it may be over
 * already), undefined when everything was written. Throws TypeError on an illegal head, before anything was sent.
 */
export function sendResponse(
  writer: SocketWriter,
  response: ProxyResponse<BodySource>,
  answered: Answered,
  owner: BodyWriterOwner,
): BodyWriter | undefined {
  const { body, status } = response;
  const text = typeof body === 'string' ? ENCODER.encode(body) : undefined;
  const source = typeof body === 'string' ? undefined : body;
  const bodiless = isBodiless(status, answered.method);
  const framing = bodiless ? NONE : framingOf(source, text, answered.chunks);
  const head = responseHeadText(response, framing, answered.keepAlive ? 'keep-alive' : 'close');
  writer.writeHead(head);
  const sending =
    source === undefined || bodiless ? undefined : new BodyWriter(writer, framing, source, owner);
  if (sending !== undefined) source?.start(sending);
  else if (source !== undefined) source.cancel();
  else if (text !== undefined && !bodiless) writer.write(text);
  return sending;
}

/** Asks the client for the body that it holds back (RFC 9110 §10.1.1). */
export function sendContinue(writer: SocketWriter): void {
  writer.write(CONTINUE);
}

/** Answers with a status and a line of text, and says that the connection closes. */
export function sendRefusal(writer: SocketWriter, status: number, text: string): void {
  const body = ENCODER.encode(text);
  const headers = HeaderList.from([['content-type', 'text/plain']]);
  writer.writeHead(
    responseHeadText({ status, reason: '', headers }, { kind: 'length', length: body.length }, 'close'),
  );
  writer.write(body);
}

/** Whether only the end of the connection can end this response. */
export function endsWithConnection(response: ProxyResponse<BodySource>, answered: Answered): boolean {
  const { body } = response;
  if (answered.chunks || body === undefined || typeof body === 'string') return false;
  return !isBodiless(response.status, answered.method) && framingOf(body, undefined, false) === CLOSE;
}

/** RFC 9110 §6.4.1. */
function isBodiless(status: number, method: string): boolean {
  return method === 'HEAD' || status === 204 || status === 304 || status < 200;
}

/** RFC 9112 §6.3: by length where it is known, else in chunks, else until the connection ends. */
function framingOf(source: BodySource | undefined, text: Uint8Array | undefined, chunks: boolean): Framing {
  if (text !== undefined) return { kind: 'length', length: text.length };
  if (source === undefined || source.framing.kind === 'none') return EMPTY;
  if (source.framing.kind === 'length') return source.framing;
  return chunks ? CHUNKED : CLOSE;
}
