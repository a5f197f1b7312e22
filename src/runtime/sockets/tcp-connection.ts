import type { Socket } from 'node:net';
import type { Connection } from '../../proxy/decide/connection.ts';
import type { ConnectionHandler } from '../../proxy/exchange.ts';
import type { Log } from '../ports.ts';
import type { BodySource } from './body.ts';
import type { Deadlines } from './deadlines.ts';
import { SocketStream } from './socket-stream.ts';

/** What every raw connection of a listener shares. */
export interface TcpOptions {
  readonly handler: ConnectionHandler<BodySource>;
  readonly deadlines: Deadlines;
  readonly log: Log;
}

/** One client connection whose bytes are passed on unread. */
export class TcpConnection {
  readonly #socket: Socket;
  readonly #connection: Connection;
  readonly #options: TcpOptions;
  readonly #gone = new AbortController();
  #stream: SocketStream | undefined;

  constructor(socket: Socket, connection: Connection, options: TcpOptions) {
    this.#socket = socket;
    this.#connection = connection;
    this.#options = options;
  }

  /** Begins to serve; `first` are bytes that were read before. */
  start(first: Uint8Array): void {
    const body = new SocketStream(this.#socket, first);
    this.#stream = body;
    this.#socket.on('close', () => this.#gone.abort());
    const arrival = { connection: this.#connection, body, signal: this.#gone.signal };
    this.#options.handler(arrival).then(
      (answer) => {
        if (answer === undefined) this.#socket.destroy();
        else body.receive(answer);
      },
      (error: unknown) => {
        this.#options.log.error('connection handler failed', { error: String(error) });
        this.#socket.destroy();
      },
    );
  }

  /** Nobody can tell where its bytes could be cut: it has the whole grace. */
  drain(): void {}

  destroy(): void {
    this.#socket.destroy();
  }

  /** Ends it when nothing passed for too long. `now` is of `performance.now()`. */
  sweep(now: number): void {
    if (this.#stream?.isQuiet(now, this.#options.deadlines.tunnelIdleMs)) this.#socket.destroy();
  }
}
