import { type RawPeer, rawServer } from './raw-peer.ts';

/** An upstream that keeps every request line it got, whether the request came whole or not. */
export interface CountingUpstream {
  readonly port: number;
  /** How often each target arrived. */
  readonly targets: ReadonlyMap<string, number>;
  close(): void;
}

/** Answers every whole request (with Content-Length or without body) with 200 and its target. */
export async function startCountingUpstream(): Promise<CountingUpstream> {
  const targets = new Map<string, number>();
  const server = await rawServer((peer) => new Reader(peer, (target) => count(targets, target)).start());
  return { port: server.port, targets, close: server.close };
}

/** Adds one to the count of a name. */
export function count(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
}

/** Reads the requests of one connection. */
class Reader {
  readonly #peer: RawPeer;
  readonly #onTarget: (target: string) => void;
  #at = 0;
  /** Whether the request line at `#at` was told. */
  #told = false;

  constructor(peer: RawPeer, onTarget: (target: string) => void) {
    this.#peer = peer;
    this.#onTarget = onTarget;
  }

  start(): void {
    this.#peer.socket.on('data', () => {
      while (this.#next());
    });
  }

  #next(): boolean {
    const text = this.#peer.text.slice(this.#at);
    const line = /^[A-Z]+ (\S+) HTTP\/1\.1\r\n/.exec(text);
    if (line === null) return false;
    const [, target = ''] = line;
    if (!this.#told) this.#onTarget(target);
    this.#told = true;
    const headEnd = text.indexOf('\r\n\r\n') + 4;
    if (headEnd < 4) return false;
    const length = Number(/\r\ncontent-length: (\d+)\r\n/.exec(text.slice(0, headEnd))?.[1] ?? 0);
    if (text.length < headEnd + length) return false;
    this.#at += headEnd + length;
    this.#told = false;
    this.#peer.write(`HTTP/1.1 200 OK\r\nContent-Length: ${target.length}\r\n\r\n${target}`);
    return true;
  }
}
