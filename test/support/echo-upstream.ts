import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What an echo upstream got; it answers with this as JSON. */
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
  /** What has been asked with this value of the request header `x-case`. */
  echoes(id: string): readonly Echo[];
  close(): Promise<void>;
}

/**
 * Starts one on a free loopback port. The request header `x-echo-status` chooses the status, and every
 * `name=value` of `x-echo-header`, a comma list, becomes a header of the response.
 */
export async function echoUpstream(): Promise<EchoUpstream> {
  const echoes = new Map<string, Echo[]>();
  const server = createServer((request, response) => {
    void answer(request, response).then((echo) => {
      const id = String(request.headers['x-case'] ?? '');
      echoes.set(id, [...(echoes.get(id) ?? []), echo]);
      response.end(JSON.stringify(echo));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    echoes: (id) => echoes.get(id) ?? [],
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The headers with which an upstream answers this `x-echo-header`. */
export function echoedHeaders(wish: string | undefined): [string, string][] {
  const wanted = (wish ?? '').split(',').filter((part) => part.includes('='));
  const pairs = wanted.map((part): [string, string] => {
    const [name = '', ...value] = part.trim().split('=');
    return [name, value.join('=')];
  });
  return [['content-type', 'application/json'], ...pairs];
}

async function answer(request: IncomingMessage, response: ServerResponse): Promise<Echo> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { method = '', url = '', headers } = request;
  for (const [name, value] of echoedHeaders(headers['x-echo-header']?.toString())) {
    response.appendHeader(name, value);
  }
  response.statusCode = Number(headers['x-echo-status'] ?? 200);
  return { method, url, headers: pairs(request.rawHeaders), body: Buffer.concat(chunks).toString('utf8') };
}

function pairs(raw: readonly string[]): [string, string][] {
  const result: [string, string][] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) result.push([(raw[i] ?? '').toLowerCase(), raw[i + 1] ?? '']);
  return result;
}
