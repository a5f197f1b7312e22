import { type BunHandlers, type BunSocket, connectBun } from './bun-sockets.ts';

const HEAD_END = '\r\n\r\n';

/** A connection through a tunnel whose other end sends back what it gets. */
export class EchoConnection {
  #socket: BunSocket<EchoConnection> | undefined;
  #unsent: Uint8Array | undefined;
  /** Bytes that may still be asked for, and those that must still come back. */
  #left = 0;
  #awaited = 0;
  /** Bytes of the answer to the message under way that are still to come. */
  #message: Uint8Array = new Uint8Array(0);
  #partial = 0;
  #done: ((broken: boolean) => void) | undefined;
  #upgraded: ((head: string) => void) | undefined;
  #broken = false;

  /** Resolves when the connection is up, and where there is a head to send when it was answered by a 101. */
  static async open(port: number, head: string | undefined): Promise<EchoConnection> {
    const connection = new EchoConnection();
    connection.#socket = await connectBun(port, connection, HANDLERS, undefined);
    connection.#socket.setNoDelay(true);
    if (head === undefined) return connection;
    const answered = new Promise<string>((resolve) => {
      connection.#upgraded = resolve;
    });
    connection.#send(Buffer.from(head, 'latin1'));
    const answer = await answered;
    if (!answer.startsWith('HTTP/1.1 101 ')) throw new Error(`no tunnel: ${answer.split('\r\n')[0]}`);
    return connection;
  }

  /**
   * Sends the message `times` times, `window` of them under way at most. Resolves when all came back, to how many
   * did not.
   */
  run(message: Uint8Array, times: number, window: number): Promise<number> {
    this.#message = message;
    this.#left = times;
    this.#awaited = times * message.length;
    this.#partial = 0;
    return new Promise((resolve) => {
      this.#done = (broken) => resolve(broken ? Math.ceil(this.#awaited / message.length) : 0);
      if (this.#broken) return this.broken();
      for (let i = 0; i < window; i++) this.#next();
    });
  }

  receive(chunk: Buffer): void {
    if (this.#upgraded !== undefined) {
      this.#readHead(chunk);
      return;
    }
    this.#awaited -= chunk.length;
    this.#partial += chunk.length;
    for (; this.#partial >= this.#message.length; this.#partial -= this.#message.length) this.#next();
    if (this.#awaited <= 0) this.#finish(this.#awaited < 0);
  }

  drain(): void {
    const unsent = this.#unsent;
    this.#unsent = undefined;
    if (unsent !== undefined) this.#send(unsent);
  }

  broken(): void {
    this.#broken = true;
    this.#upgraded?.('closed');
    this.#finish(true);
  }

  close(): void {
    this.#socket?.end();
  }

  #next(): void {
    if (this.#left === 0) return;
    this.#left--;
    this.#send(this.#message);
  }

  #send(bytes: Uint8Array): void {
    if (this.#unsent !== undefined) {
      this.#unsent = Buffer.concat([this.#unsent, bytes]);
      return;
    }
    const sent = Math.max(0, this.#socket?.write(bytes) ?? 0);
    if (sent < bytes.length) this.#unsent = bytes.subarray(sent);
  }

  /** The other end says nothing before it is asked, so nothing follows the head. */
  #readHead(chunk: Buffer): void {
    const text = chunk.toString('latin1');
    if (!text.includes(HEAD_END)) return;
    const told = this.#upgraded;
    this.#upgraded = undefined;
    told?.(text);
  }

  #finish(broken: boolean): void {
    const done = this.#done;
    this.#done = undefined;
    done?.(broken);
  }
}

const HANDLERS: BunHandlers<EchoConnection> = {
  open: () => undefined,
  data: (socket, bytes) => socket.data.receive(bytes),
  drain: (socket) => socket.data.drain(),
  close: (socket) => socket.data.broken(),
  error: (socket) => socket.data.broken(),
};
