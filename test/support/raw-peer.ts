import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A TCP connection under a test's control that keeps what arrived, as Latin-1. */
export class RawPeer {
  readonly socket: Socket;
  text = '';
  /** How the connection ended: orderly, by a reset, or not yet. */
  ended: 'end' | 'reset' | undefined;
  #wake: () => void = () => undefined;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => this.#note(() => (this.text += chunk.toString('latin1'))));
    socket.on('end', () => this.#note(() => (this.ended ??= 'end')));
    socket.on('error', () => this.#note(() => (this.ended ??= 'reset')));
    socket.on('close', () => this.#note(() => (this.ended ??= 'reset')));
  }

  static connect(port: number, host = '127.0.0.1'): Promise<RawPeer> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port, noDelay: true }, () => resolve(new RawPeer(socket)));
      socket.once('error', reject);
    });
  }

  write(text: string | Uint8Array): void {
    this.socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text);
  }

  /** Resolves when what arrived holds `part` (`times` times); rejects when the connection ends before. */
  async until(part: string, times = 1): Promise<string> {
    while (this.text.split(part).length - 1 < times) {
      if (this.ended !== undefined)
        throw new Error(`${this.ended} before ${part}: ${this.text.slice(0, 500)}`);
      await this.change();
    }
    return this.text;
  }

  /** Resolves with all that arrived when the connection is over. */
  async untilEnd(): Promise<string> {
    while (this.ended === undefined) await this.change();
    return this.text;
  }

  /** Resolves when something arrives or the connection ends. */
  change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #note(change: () => void): void {
    change();
    this.#wake();
  }
}

/** A TCP server on a free loopback port. */
export interface RawServer {
  readonly port: number;
  /** Connections so far. */
  readonly peers: RawPeer[];
  close(): void;
}

/** Serves raw connections; `onPeer` writes what an upstream would. */
export function rawServer(onPeer: (peer: RawPeer) => void): Promise<RawServer> {
  const peers: RawPeer[] = [];
  const server: Server = createServer({ noDelay: true }, (socket) => {
    const peer = new RawPeer(socket);
    peers.push(peer);
    onPeer(peer);
  });
  const close = () => {
    for (const peer of peers) peer.socket.destroy();
    server.close();
  };
  return new Promise((resolve) => {
    server.listen({ host: '127.0.0.1', port: 0 }, () =>
      resolve({ port: (server.address() as AddressInfo).port, peers, close }),
    );
  });
}
