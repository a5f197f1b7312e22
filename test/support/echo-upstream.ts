import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What an echo upstream says that it got. */
export interface Echo {
  readonly method: string;
  /** The request target as it stood in the request line. */
  readonly url: string;
  /** Lower-case names, one entry a line, in order. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

/** A real HTTP server that answers every request with what it got. */
export interface EchoUpstream {
  readonly port: number;
  /** Requests so far. */
  readonly count: number;
  close(): Promise<void>;
}

/**
 * Starts one on a free loopback port. The request header `x-echo-status` chooses the status, and every
 * `x-echo-header: name=value` becomes a header of the response.
 */
export async function echoUpstream(): Promise<EchoUpstream> {
  let count = 0;
  const server = createServer((request, response) => {
    count++;
    void answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    get count() {
      return count;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const headers = pairs(request.rawHeaders);
  const { method = '', url = '' } = request;
  const echo: Echo = { method, url, headers, body: Buffer.concat(chunks).toString('utf8') };
  const extra = headers.filter(([name]) => name === 'x-echo-header').flatMap(([, value]) => wanted(value));
  for (const [name, value] of extra) response.appendHeader(name, value);
  response.writeHead(Number(request.headers['x-echo-status'] ?? 200), { 'content-type': 'application/json' });
  response.end(JSON.stringify(echo));
}

/** Fetch runtimes join repeated lines with a comma. */
function wanted(value: string): [string, string][] {
  return value.split(',').map((part) => {
    const [name = '', ...rest] = part.trim().split('=');
    return [name, rest.join('=')];
  });
}

function pairs(raw: readonly string[]): [string, string][] {
  const result: [string, string][] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) result.push([(raw[i] ?? '').toLowerCase(), raw[i + 1] ?? '']);
  return result;
}
