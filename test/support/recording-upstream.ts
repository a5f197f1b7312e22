import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as node:http understood it. */
export interface Understood {
  readonly method: string;
  readonly target: string;
  /** Latin-1. */
  readonly body: string;
}

/** A strict reader behind a proxy, whose answers say what it understood. */
export interface RecordingUpstream {
  readonly port: number;
  readonly requests: Understood[];
  /** Connections on which it found something that is not HTTP. */
  readonly malformed: string[];
  close(): void;
}

/** Answers each request with itself as JSON. */
export function startRecordingUpstream(): Promise<RecordingUpstream> {
  const requests: Understood[] = [];
  const malformed: string[] = [];
  const server = createServer({ keepAliveTimeout: 60_000 }, async (request, response) => {
    const understood = await read(request).catch(() => undefined);
    if (understood === undefined) return;
    requests.push(understood);
    response.end(JSON.stringify(understood));
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code?.startsWith('HPE_')) malformed.push(error.message);
    socket.destroy();
  });
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () =>
      resolve({ port: (server.address() as AddressInfo).port, requests, malformed, close }),
    );
  });
}

async function read(request: IncomingMessage): Promise<Understood> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString('latin1');
  return { method: request.method ?? '', target: request.url ?? '', body };
}
