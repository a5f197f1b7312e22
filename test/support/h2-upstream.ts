import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { ACK, FRAME, frame, PREFACE, settings } from './h2-frames.ts';

type OnRequest = (upstream: H2Upstream, stream: number) => void;

/** An HTTP/2 server that says whatever it is told when a request head arrives. */
export class H2Upstream {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets: Socket[];
  readonly #current: { socket: Socket | undefined };

  private constructor(server: Server, sockets: Socket[], current: { socket: Socket | undefined }) {
    this.#server = server;
    this.#sockets = sockets;
    this.#current = current;
    this.port = (server.address() as AddressInfo).port;
  }

  static listen(onRequest: OnRequest): Promise<H2Upstream> {
    const sockets: Socket[] = [];
    const current: { socket: Socket | undefined } = { socket: undefined };
    let upstream: H2Upstream | undefined;
    const server = createServer({ noDelay: true }, (socket) => {
      sockets.push(socket);
      socket.on('error', () => undefined);
      socket.write(settings());
      readFrames(socket, (stream) => {
        current.socket = socket;
        if (upstream !== undefined) onRequest(upstream, stream);
      });
    });
    return new Promise((resolve) => {
      server.listen(0, '127.0.0.1', () => {
        upstream = new H2Upstream(server, sockets, current);
        resolve(upstream);
      });
    });
  }

  /** The connection of the last request. */
  get socket(): Socket {
    const { socket } = this.#current;
    if (socket === undefined) throw new Error('no request yet');
    return socket;
  }

  /** Connections so far. */
  get connections(): number {
    return this.#sockets.length;
  }

  send(...parts: readonly Uint8Array[]): void {
    this.socket.write(Buffer.concat(parts));
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}

function readFrames(socket: Socket, onHeaders: (stream: number) => void): void {
  let rest = Buffer.alloc(0);
  let greeted = false;
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    if (!greeted && rest.length >= PREFACE.length) {
      greeted = true;
      rest = rest.subarray(PREFACE.length);
    }
    while (greeted && rest.length >= 9) {
      const end = 9 + rest.readUIntBE(0, 3);
      if (rest.length < end) return;
      const [type = 0, flags = 0] = rest.subarray(3, 5);
      const stream = rest.readUInt32BE(5);
      rest = rest.subarray(end);
      if (type === FRAME.settings && (flags & ACK) === 0) socket.write(frame(FRAME.settings, ACK, 0));
      if (type === FRAME.headers) onHeaders(stream);
    }
  });
}
