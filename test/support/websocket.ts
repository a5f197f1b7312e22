import { createHash, randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';

/** One message of RFC 6455; `close` carries its code and reason. */
export interface WebSocketMessage {
  readonly kind: 'text' | 'binary' | 'close';
  readonly data: Uint8Array;
}

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const OPCODES = { text: 1, binary: 2, close: 8 } as const;

/** A client's handshake for that target. */
export function webSocketRequest(target: string, headers: readonly string[] = []): string {
  const lines = [
    `GET ${target} HTTP/1.1`,
    'Connection: keep-alive, Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    `Sec-WebSocket-Key: ${randomBytes(16).toString('base64')}`,
    ...headers,
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}

/** A server's answer to the handshake in `head`. */
export function webSocketAnswer(head: string): string {
  const key = /^sec-websocket-key: (.*)\r$/im.exec(head)?.[1] ?? '';
  const accept = createHash('sha1')
    .update(key + GUID)
    .digest('base64');
  const lines = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade'];
  return `${[...lines, `Sec-WebSocket-Accept: ${accept}`].join('\r\n')}\r\n\r\n`;
}

/** One unfragmented frame; clients mask (RFC 6455 §5.3). */
export function webSocketFrame({ kind, data }: WebSocketMessage, masked: boolean): Uint8Array {
  const long = data.length > 0xffff;
  const extended = data.length < 126 ? 0 : long ? 8 : 2;
  const header = Buffer.alloc(2 + extended + (masked ? 4 : 0));
  header[0] = 0x80 | OPCODES[kind];
  header[1] = (masked ? 0x80 : 0) | (extended === 0 ? data.length : long ? 127 : 126);
  if (extended === 2) header.writeUInt16BE(data.length, 2);
  if (extended === 8) header.writeBigUInt64BE(BigInt(data.length), 2);
  if (!masked) return Buffer.concat([header, data]);
  const mask = randomBytes(4);
  mask.copy(header, 2 + extended);
  return Buffer.concat([header, xor(data, mask)]);
}

/** The messages in a stream of frames, as its bytes come. */
export class WebSocketReader {
  #rest = Buffer.alloc(0);

  /** Calls back for every message that is complete. */
  read(chunk: Uint8Array, onMessage: (message: WebSocketMessage) => void): void {
    this.#rest = this.#rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    for (;;) {
      const frame = frameAt(this.#rest, at);
      if (frame === undefined) break;
      at = frame.end;
      onMessage(frame.message);
    }
    this.#rest = this.#rest.subarray(at);
  }
}

/** Answers handshakes, and every message with itself; a close frame ends the connection. */
export function echoWebSocket(socket: Socket, onHead?: (head: string) => void): void {
  const reader = new WebSocketReader();
  let head = '';
  let open = false;
  const answer = (message: WebSocketMessage) => {
    if (!socket.write(webSocketFrame(message, false))) socket.pause();
    if (message.kind === 'close') socket.end();
  };
  socket.on('drain', () => socket.resume());
  socket.on('data', (chunk: Buffer) => {
    if (open) {
      reader.read(chunk, answer);
      return;
    }
    head += chunk.toString('latin1');
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    open = true;
    onHead?.(head.slice(0, end + 4));
    socket.write(webSocketAnswer(head));
    reader.read(Buffer.from(head.slice(end + 4), 'latin1'), answer);
  });
}

function frameAt(bytes: Buffer, at: number): { message: WebSocketMessage; end: number } | undefined {
  if (bytes.length < at + 2) return undefined;
  const [first = 0, second = 0] = bytes.subarray(at, at + 2);
  const kind = Object.entries(OPCODES).find(([, opcode]) => opcode === (first & 0x0f))?.[0];
  if (kind === undefined || (first & 0xf0) !== 0x80) throw new Error(`an unexpected frame: ${first}`);
  const extended = (second & 0x7f) < 126 ? 0 : (second & 0x7f) === 126 ? 2 : 8;
  const start = at + 2 + extended + (second & 0x80 ? 4 : 0);
  if (bytes.length < start) return undefined;
  const length =
    extended === 0
      ? second & 0x7f
      : extended === 2
        ? bytes.readUInt16BE(at + 2)
        : Number(bytes.readBigUInt64BE(at + 2));
  if (bytes.length < start + length) return undefined;
  const payload = bytes.subarray(start, start + length);
  const data = second & 0x80 ? xor(payload, bytes.subarray(start - 4, start)) : Buffer.from(payload);
  return { message: { kind: kind as WebSocketMessage['kind'], data }, end: start + length };
}

function xor(data: Uint8Array, mask: Uint8Array): Buffer {
  const result = Buffer.from(data);
  for (let i = 0; i < result.length; i++) result[i] = (result[i] as number) ^ (mask[i & 3] as number);
  return result;
}
