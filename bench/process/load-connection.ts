import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { BODY_LENGTH } from './body-length.ts';

/** Where the load goes, and what its client proves. */
export interface LoadTarget {
  readonly port: number;
  /** The whole text of one request. */
  readonly request: string;
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
const LENGTH = /\r\ncontent-length: *(\d+)\r\n/i;

/** One keep-alive connection that sends the next request when the last one is answered, and never one twice. */
export class LoadConnection {
  readonly #socket: Socket;
  readonly #request: Buffer;
  #left = 0;
  #tally: Tally = { answered: 0, failed: 0 };
  #done: ((tally: Tally) => void) | undefined;
  #text = '';

  /** Resolves when the connection is up; TLS included. */
  static open(target: LoadTarget): Promise<LoadConnection> {
    return new Promise((resolve, reject) => {
      const socket = dial(target, () => resolve(new LoadConnection(socket, target.request)));
      socket.once('error', reject);
    });
  }

  private constructor(socket: Socket, request: string) {
    this.#socket = socket;
    this.#request = Buffer.from(request, 'latin1');
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('close', () => this.#broken());
    socket.on('error', () => socket.destroy());
  }

  /** Sends `count` requests. A connection that breaks fails those that are not answered. */
  run(count: number): Promise<Tally> {
    return new Promise((resolve) => {
      this.#left = count;
      this.#tally = { answered: 0, failed: 0 };
      this.#done = resolve;
      if (this.#socket.destroyed) this.#broken();
      else this.#next();
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #next(): void {
    if (this.#left > 0) this.#socket.write(this.#request);
    else this.#finish();
  }

  #receive(chunk: Buffer): void {
    this.#text += chunk.toString('latin1');
    const end = this.#text.indexOf(HEAD_END);
    if (end < 0) return;
    const head = this.#text.slice(0, end + 2);
    const length = Number(LENGTH.exec(head)?.[1] ?? 0);
    const received = this.#text.length - end - HEAD_END.length;
    if (received < length) return;
    if (head.startsWith('HTTP/1.1 200 ') && received === BODY_LENGTH) this.#tally.answered++;
    else this.#tally.failed++;
    this.#text = '';
    this.#left--;
    this.#next();
  }

  #broken(): void {
    this.#tally.failed += this.#left;
    this.#left = 0;
    this.#finish();
  }

  #finish(): void {
    const done = this.#done;
    this.#done = undefined;
    done?.(this.#tally);
  }
}

function dial({ port, tls }: LoadTarget, onOpen: () => void): Socket {
  if (tls === undefined) return connectTcp({ host: '127.0.0.1', port }, onOpen);
  const { serverName, chain, key, roots } = tls;
  return connectTls(
    {
      host: '127.0.0.1',
      port,
      servername: serverName,
      ALPNProtocols: ['weft', 'http/1.1'],
      cert: chain,
      key,
      ca: roots,
      minVersion: 'TLSv1.3',
      // The chain is verified; an SVID has no DNS name to compare.
      checkServerIdentity: () => undefined,
    },
    onOpen,
  );
}
