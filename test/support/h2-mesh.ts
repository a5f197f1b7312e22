import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';

/** What an HTTP/2 client got for one request. */
export interface H2Answer {
  /** 0 = no response head. */
  readonly status: number;
  /** Names and values in turn, as they came. */
  readonly headers: readonly string[];
  readonly trailers: readonly string[];
  readonly body: string;
  /** Interim responses (1xx). */
  readonly interim: readonly number[];
  /** The error code that ended the stream; 0 = in order. */
  readonly code: number;
}

/** A client of a plaintext port by prior knowledge. */
export function h2Client(port: number): ClientHttp2Session {
  const session = connect(`http://127.0.0.1:${port}`);
  session.on('error', () => undefined);
  return session;
}

/** Opens a stream with these fields, pseudo-header fields filled in; an upload is the caller's to write. */
export function open(
  session: ClientHttp2Session,
  fields: Readonly<Record<string, string | string[]>> = {},
  endStream = true,
): ClientHttp2Stream {
  const head = { ':method': 'GET', ':path': '/', ':authority': 'reviews', ...fields };
  const stream = session.request(head, { endStream, waitForTrailers: false });
  stream.on('error', () => undefined);
  return stream;
}

/** All that comes back on a stream. */
export function answerOf(stream: ClientHttp2Stream): Promise<H2Answer> {
  let status = 0;
  let headers: readonly string[] = [];
  let trailers: readonly string[] = [];
  const interim: number[] = [];
  const chunks: Buffer[] = [];
  stream.on('headers', (head) => interim.push(Number(head[':status'])));
  stream.on('response', (head, _flags, raw) => {
    status = Number(head[':status']);
    headers = raw as unknown as string[];
  });
  stream.on('trailers', (_trailers, _flags, raw) => {
    trailers = raw as unknown as string[];
  });
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return new Promise((resolve) => {
    stream.on('close', () => {
      const body = Buffer.concat(chunks).toString('latin1');
      resolve({ status, headers, trailers, body, interim, code: stream.rstCode ?? 0 });
    });
  });
}

/** One request with an optional body, and all that comes back. */
export function request(
  session: ClientHttp2Session,
  fields: Readonly<Record<string, string | string[]>> = {},
  body?: string | Buffer,
): Promise<H2Answer> {
  const stream = open(
    session,
    body === undefined ? fields : { ':method': 'POST', ...fields },
    body === undefined,
  );
  if (body !== undefined) stream.end(body);
  return answerOf(stream);
}

/** The value of a field, of names and values in turn. */
export function fieldOf(fields: readonly string[], name: string): string | undefined {
  for (let i = 0; i + 1 < fields.length; i += 2) if (fields[i] === name) return fields[i + 1];
  return undefined;
}
