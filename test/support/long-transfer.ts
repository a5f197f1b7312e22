import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Readable, Writable } from 'node:stream';

/** How the length of a body is told. */
export type Framing = 'length' | 'chunked';

/** Bytes that tell their place: a shift, a gap or a repetition shows. */
const PATTERN = Buffer.alloc(2 ** 20);
for (let at = 0; at < PATTERN.length; at += 4) PATTERN.writeUInt32LE(Math.imul(at, 2654435761) >>> 0, at);
const PIECE = 64 * 1024;

/** A server that takes a long body by POST and gives one by GET, of the length in the query. */
export interface LongUpstream {
  readonly port: number;
  close(): void;
}

/** GET answers with `?bytes` of the pattern, POST with how many bytes it got, or where they were wrong. */
export async function startLongUpstream(): Promise<LongUpstream> {
  const server = createServer(async (incoming, response) => {
    if (incoming.method === 'POST') response.end(await received(incoming).catch(String));
    else await give(response, new URL(incoming.url ?? '', 'http://x').searchParams);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { port: (server.address() as AddressInfo).port, close };
}

/** Sends `bytes` through a proxy; what the upstream says it got. */
export async function upload(port: number, bytes: number, framing: Framing): Promise<string> {
  const headers = { host: 'a.example', ...(framing === 'length' && { 'content-length': bytes }) };
  const sent = request({ host: '127.0.0.1', port, method: 'POST', headers, agent: false });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    sent.once('response', resolve).once('error', reject);
  });
  await pour(sent, bytes);
  sent.end();
  const chunks: Buffer[] = [];
  for await (const chunk of await answered) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** Takes `bytes` through a proxy; how many came. */
export async function download(port: number, bytes: number, framing: Framing): Promise<string> {
  const path = `/?bytes=${bytes}&framing=${framing}`;
  const sent = request({ host: '127.0.0.1', port, path, headers: { host: 'a.example' }, agent: false });
  sent.end();
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    sent.once('response', resolve).once('error', reject);
  });
  return received(response);
}

async function give(response: ServerResponse, query: URLSearchParams): Promise<void> {
  const bytes = Number(query.get('bytes'));
  response.writeHead(200, query.get('framing') === 'length' ? { 'content-length': bytes } : {});
  await pour(response, bytes);
  response.end();
}

async function pour(to: Writable, bytes: number): Promise<void> {
  let wake: () => void = () => undefined;
  to.on('drain', () => wake());
  to.on('close', () => wake());
  to.on('error', () => undefined);
  for (let at = 0; at < bytes && !to.destroyed; at += PIECE) {
    const start = at % PATTERN.length;
    const wants = to.write(PATTERN.subarray(start, start + Math.min(PIECE, bytes - at)));
    if (wants || to.destroyed) continue;
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
}

async function received(from: Readable): Promise<string> {
  let at = 0;
  for await (const chunk of from as AsyncIterable<Buffer>) {
    for (let part = 0; part < chunk.length; ) {
      const start = (at + part) % PATTERN.length;
      const end = Math.min(PATTERN.length, start + chunk.length - part);
      const length = end - start;
      if (PATTERN.compare(chunk, part, part + length, start, end) !== 0) return `wrong after ${at + part}`;
      part += length;
    }
    at += chunk.length;
  }
  return String(at);
}
