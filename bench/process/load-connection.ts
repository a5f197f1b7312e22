import { type BunHandlers, type BunSocket, type BunTls, connectBun } from './bun-sockets.ts';

/** Where the load goes, and what its client proves. */
export interface LoadTarget {
  readonly port: number;
  /** The whole text of one request. */
  readonly request: string;
  /** Bytes of the body that answers it. */
  readonly body: number;
  readonly tls?: LoadTls;
}

/** PEM; `roots` is one text. */
export interface LoadTls {
  readonly serverName: string;
  readonly chain: string;
  readonly key: string;
  readonly roots: string;
}

/** What became of the requests of one connection. */
export interface Tally {
  answered: number;
  failed: number;
}

const HEAD_END = '\r\n\r\n';
const OK = 'HTTP/1.1 200 ';
const ALPN = Buffer.from('\x04weft\x08http/1.1', 'latin1');

/** One keep-alive connection that sends the next request when the last one is answered, and never one twice. */
export class LoadConnection {
  readonly #request: Buffer;
  readonly #body: number;
  #socket: BunSocket<LoadConnection> | undefined;
  #closed = false;
  #left = 0;
  #tally: Tally = { answered: 0, failed: 0 };
  #done: ((tally: Tally) => void) | undefined;
  #head: Buffer | undefined;
  /** Bytes of a body that are still to come; undefined in a head. */
  #awaited: number | undefined;

  /** Resolves when the connection is up; TLS included. */
  static open(target: LoadTarget): Promise<LoadConnection> {
    return new Promise((resolve, reject) => {
      const connection = new LoadConnection(target);
      const up = (socket: BunSocket<LoadConnection>): void => {
        socket.setNoDelay(true);
        connection.#socket = socket;
        resolve(connection);
      };
      const { tls } = target;
      connectBun(target.port, connection, handlers(up, reject, tls !== undefined), tls && bunTls(tls)).catch(
        reject,
      );
    });
  }

  private constructor({ request, body }: LoadTarget) {
    this.#request = Buffer.from(request, 'latin1');
    this.#body = body;
  }

  /** Sends `count` requests. A connection that breaks fails those that are not answered. */
  run(count: number): Promise<Tally> {
    return new Promise((resolve) => {
      this.#left = count;
      this.#tally = { answered: 0, failed: 0 };
      this.#done = resolve;
      if (this.#closed) this.broken();
      else this.#next();
    });
  }

  close(): void {
    this.#socket?.end();
  }

  /** Takes bytes of a response. It looks at no more than it must: the load shares its core with the origin. */
  receive(chunk: Buffer): void {
    if (this.#awaited === undefined) this.#readHead(chunk);
    else this.#awaited -= chunk.length;
    if (this.#awaited === undefined || this.#awaited > 0) return;
    if (this.#awaited === 0) this.#tally.answered++;
    else this.#tally.failed++;
    this.#awaited = undefined;
    this.#left--;
    this.#next();
  }

  /** The connection ended. */
  broken(): void {
    this.#closed = true;
    this.#tally.failed += this.#left;
    this.#left = 0;
    this.#finish();
  }

  #next(): void {
    if (this.#left === 0) this.#finish();
    // A request fits into an empty socket buffer.
    else if (this.#socket?.write(this.#request) !== this.#request.length) this.broken();
  }

  #readHead(chunk: Buffer): void {
    const bytes = this.#head === undefined ? chunk : Buffer.concat([this.#head, chunk]);
    const end = bytes.indexOf(HEAD_END);
    this.#head = end < 0 ? Buffer.from(bytes) : undefined;
    if (end < 0) return;
    const received = bytes.length - end - HEAD_END.length;
    this.#awaited = bytes.toString('latin1', 0, OK.length) === OK ? this.#body - received : -1;
  }

  #finish(): void {
    const done = this.#done;
    this.#done = undefined;
    done?.(this.#tally);
  }
}

function handlers(
  up: (socket: BunSocket<LoadConnection>) => void,
  failed: (error: Error) => void,
  secure: boolean,
): BunHandlers<LoadConnection> {
  return {
    open: (socket) => {
      if (!secure) up(socket);
    },
    // Nor is it judged; where there is no TLS after all, the first request fails.
    handshake: up,
    data: (socket, bytes) => socket.data.receive(bytes),
    drain: () => undefined,
    close: (socket) => socket.data.broken(),
    error: (_socket, error) => failed(error),
  };
}

function bunTls({ serverName, chain, key, roots }: LoadTls): BunTls {
  return {
    serverName,
    ALPNProtocols: ALPN,
    cert: chain,
    key,
    ca: roots,
    // An SVID has no DNS name to compare; what the server proves is not what is measured here.
    rejectUnauthorized: false,
  };
}
