import { connect as connectH2, type IncomingHttpHeaders } from 'node:http2';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { MeshClient } from './proxy-main.ts';

/** A request of one case, and where it goes. */
export interface CaseCall {
  readonly method: string;
  readonly path: string;
  readonly host: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly sourceIp: string;
  readonly destinationIp: string;
  readonly sni: string | null;
  readonly http2: boolean;
  /** Absent = in plaintext. */
  readonly client?: MeshClient | undefined;
}

/** `status` is 0 where the connection ended without an answer. */
export interface CaseAnswer {
  readonly status: number;
  readonly body: string;
}

const NOTHING: CaseAnswer = { status: 0, body: '' };

/** Sends one request over a connection of its own, byte for byte as it is where it is HTTP/1. */
export async function sendCase(port: number, call: CaseCall): Promise<CaseAnswer> {
  const socket = await dial(port, call).catch(() => undefined);
  if (socket === undefined) return NOTHING;
  try {
    return await (call.http2 ? overHttp2(socket, call) : overHttp1(socket, call));
  } catch {
    return NOTHING;
  } finally {
    socket.destroy();
  }
}

function dial(port: number, { sourceIp, destinationIp, sni, http2, client }: CaseCall): Promise<Socket> {
  const place = { host: destinationIp, port, localAddress: sourceIp };
  return new Promise((resolve, reject) => {
    const plain = connect(place).once('error', reject);
    if (client === undefined) return void plain.once('connect', () => resolve(plain));
    const secure = connectTls({
      socket: plain,
      ...client,
      ...(sni !== null && { servername: sni }),
      ALPNProtocols: ['weft', http2 ? 'h2' : 'http/1.1'],
      checkServerIdentity: () => undefined,
    });
    secure.once('error', reject).once('secureConnect', () => resolve(secure));
  });
}

async function overHttp1(socket: Socket, { method, path, host, headers }: CaseCall): Promise<CaseAnswer> {
  const lines = [['Host', host], ['Connection', 'close'], ...Object.entries(headers)];
  const head = [`${method} ${path} HTTP/1.1`, ...lines.map(([name, value]) => `${name}: ${value}`)];
  socket.write(`${head.join('\r\n')}\r\n\r\n`);
  let text = '';
  for await (const chunk of socket) text += (chunk as Buffer).toString('latin1');
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0);
  return { status, body: text.slice(text.indexOf('\r\n\r\n') + 4) };
}

function overHttp2(socket: Socket, { method, path, host, headers }: CaseCall): Promise<CaseAnswer> {
  return new Promise((resolve, reject) => {
    const session = connectH2(`http://${host}`, { createConnection: () => socket }).on('error', reject);
    const names = Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);
    const pseudo = { ':method': method, ':path': path, ':authority': host, ':scheme': 'http' };
    const stream = session.request({ ...pseudo, ...Object.fromEntries(names) }).on('error', reject);
    let status = 0;
    let body = '';
    stream.on(
      'response',
      (head: IncomingHttpHeaders & { ':status'?: number }) => (status = head[':status'] ?? 0),
    );
    stream.on('data', (chunk: Buffer) => (body += chunk.toString()));
    stream.on('end', () => resolve({ status, body }));
    stream.end();
  });
}
