import type { ClientHttp2Session, ClientHttp2Stream } from 'node:http2';
import { type H2Application, h2Application } from './h2-chain.ts';
import { answerOf, type H2Answer, open } from './h2-mesh.ts';

/** A message with gRPC's prefix: not compressed, and its length. */
export function message(text: string): Buffer {
  const body = Buffer.from(text);
  const prefix = Buffer.alloc(5);
  prefix.writeUInt32BE(body.length, 1);
  return Buffer.concat([prefix, body]);
}

/** Takes messages out of bytes as they come. */
export class MessageReader {
  #rest = Buffer.alloc(0);

  read(chunk: Buffer): string[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const messages: string[] = [];
    while (this.#rest.length >= 5 && this.#rest.length >= 5 + this.#rest.readUInt32BE(1)) {
      const end = 5 + this.#rest.readUInt32BE(1);
      messages.push(this.#rest.subarray(5, end).toString());
      this.#rest = this.#rest.subarray(end);
    }
    return messages;
  }
}

/** Every message of a body. */
export function messagesOf(body: string): string[] {
  return new MessageReader().read(Buffer.from(body, 'latin1'));
}

/**
 * A gRPC application: `/Unary`, `/Serve` (three answers), `/Collect` (one answer to all), `/Chat` (one for each),
 * `/Fail` (a status alone) and `/Hang` (nothing).
 */
export function grpcApplication(
  onClose: (path: string, code: number) => void = () => undefined,
): Promise<H2Application> {
  return h2Application((stream, fields) => {
    const path = fields[fields.indexOf(':path') + 1] ?? '';
    stream.on('close', () => onClose(path, stream.rstCode ?? 0));
    if (path === '/Hang') return;
    if (path === '/Fail') {
      stream.respond(
        { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '5', 'grpc-message': 'no' },
        { endStream: true },
      );
      return;
    }
    const reader = new MessageReader();
    const all: string[] = [];
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.on('data', (chunk: Buffer) => {
      for (const text of reader.read(chunk)) {
        all.push(text);
        if (path === '/Chat') stream.write(message(`re: ${text}`));
      }
    });
    stream.on('end', () => {
      if (path === '/Unary') stream.write(message(`hello ${all[0]}`));
      if (path === '/Serve') for (const i of [1, 2, 3]) stream.write(message(`${all[0]} ${i}`));
      if (path === '/Collect') stream.write(message(all.join('+')));
      stream.end();
    });
  });
}

/** Opens a call; its messages are the caller's to write. */
export function call(
  session: ClientHttp2Session,
  path: string,
  fields: Readonly<Record<string, string>> = {},
): { stream: ClientHttp2Stream; answer: Promise<H2Answer> } {
  const head = {
    ':method': 'POST',
    ':path': path,
    'content-type': 'application/grpc',
    te: 'trailers',
    ...fields,
  };
  const stream = open(session, head, false);
  return { stream, answer: answerOf(stream) };
}
