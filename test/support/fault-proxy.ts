import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** How a flow ends before its time. */
export type Cut =
  /** Both sides get a FIN. */
  | 'fin'
  /** Both sides get a RST. */
  | 'rst'
  /** Only the reader of this flow gets a FIN; the other flow goes on. */
  | 'half-close'
  /** What follows is read and lost, and nobody is told. */
  | 'black-hole';

/** What happens to the bytes of one direction. */
export interface Flow {
  /** Passes so many bytes, then cuts. A cut after 0 waits for the first byte, others for none. */
  readonly after?: number;
  /** `fin` unless said. */
  readonly cut?: Cut;
  /** How long the cut comes after the last byte, ms; 0 unless said. */
  readonly waitMs?: number;
  /** Every piece comes so much later, ms. */
  readonly delayMs?: number;
  /** Passes on so many bytes at a time. */
  readonly drip?: { readonly bytes: number; readonly everyMs: number };
}

/** The faults of one connection; `up` is from the client to the server. */
export interface Faults {
  readonly up?: Flow;
  readonly down?: Flow;
}

/** A TCP relay between a client and a server on loopback that breaks as it is told. */
export interface FaultProxy {
  readonly port: number;
  /** In the order of their arrival. */
  readonly connections: readonly FaultConnection[];
  close(): void;
}

/**
 * Opens one in front of a port. `script` says what befalls connection 0, 1, 2 and so on; `onSent` hears all that a
 * client sends, whether it is passed on or not.
 */
export function startFaultProxy(
  to: number,
  script: (index: number) => Faults = none,
  onSent?: (bytes: Buffer, index: number) => void,
): Promise<FaultProxy> {
  const connections: FaultConnection[] = [];
  const server: Server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    const index = connections.length;
    if (onSent !== undefined) client.on('data', (bytes: Buffer) => onSent(bytes, index));
    connections.push(new FaultConnection(client, to, script(index)));
  });
  const close = () => {
    server.close();
    for (const connection of connections) connection.destroy();
  };
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve({ port: (server.address() as AddressInfo).port, connections, close });
    });
  });
}

/** One relayed connection. */
export class FaultConnection {
  readonly #client: Socket;
  readonly #server: Socket;
  readonly #up: Relay;
  readonly #down: Relay;

  constructor(client: Socket, to: number, faults: Faults) {
    this.#client = client;
    this.#server = connect({ host: '127.0.0.1', port: to, allowHalfOpen: true, noDelay: true });
    this.#up = new Relay(client, this.#server, (cut) => this.#cut(cut));
    this.#down = new Relay(this.#server, client, (cut) => this.#cut(cut));
    this.set(faults);
  }

  /** Bytes that were passed on. */
  get passed(): { readonly up: number; readonly down: number } {
    return { up: this.#up.passed, down: this.#down.passed };
  }

  /** Whether both sides are closed. */
  get closed(): boolean {
    return this.#client.destroyed && this.#server.destroyed;
  }

  /** Changes the faults; bytes count from now. */
  set({ up = {}, down = {} }: Faults): void {
    this.#up.set(up);
    this.#down.set(down);
  }

  destroy(): void {
    this.#client.destroy();
    this.#server.destroy();
  }

  #cut(cut: 'fin' | 'rst'): void {
    this.#up.stop();
    this.#down.stop();
    for (const socket of [this.#client, this.#server]) {
      if (cut === 'fin') socket.end();
      else socket.resetAndDestroy();
    }
  }
}

/** Bytes of one direction on their way. */
class Relay {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #onCut: (cut: 'fin' | 'rst') => void;
  #flow: Flow = {};
  #left = Number.POSITIVE_INFINITY;
  #last: Promise<void> = Promise.resolve();
  #stopped = false;
  passed = 0;

  constructor(from: Socket, to: Socket, onCut: (cut: 'fin' | 'rst') => void) {
    this.#from = from;
    this.#to = to;
    this.#onCut = onCut;
    from.on('data', (bytes: Buffer) => this.#queue(() => this.#pass(bytes)));
    from.on('end', () => this.#queue(async () => void to.end()));
    // One side that vanishes takes the other along: a reset stays a reset.
    from.on('error', () => to.resetAndDestroy());
    from.on('close', () => this.#queue(async () => void to.end()));
  }

  set(flow: Flow): void {
    this.#flow = flow;
    this.#left = flow.after ?? Number.POSITIVE_INFINITY;
  }

  /** What still comes is read and lost. */
  stop(): void {
    this.#stopped = true;
    this.#from.resume();
  }

  /** Pieces go in order; the source waits meanwhile. */
  #queue(step: () => Promise<void>): void {
    this.#from.pause();
    this.#last = this.#last.then(async () => {
      if (!this.#stopped) await step();
      this.#from.resume();
    });
  }

  async #pass(bytes: Buffer): Promise<void> {
    const { delayMs, drip } = this.#flow;
    if (delayMs !== undefined) await pause(delayMs);
    const size = drip?.bytes ?? bytes.length;
    for (let at = 0; at < bytes.length && !this.#stopped; at += size) {
      await this.#send(bytes.subarray(at, at + size));
      if (drip !== undefined) await pause(drip.everyMs);
    }
  }

  async #send(piece: Buffer): Promise<void> {
    const part = piece.subarray(0, this.#left);
    this.#left -= part.length;
    this.passed += part.length;
    if (part.length > 0) await flushed(this.#to, part);
    if (this.#left > 0 || this.#stopped) return;
    const { cut = 'fin', waitMs = 0 } = this.#flow;
    if (waitMs > 0) await pause(waitMs);
    if (cut === 'fin' || cut === 'rst') {
      this.#onCut(cut);
      return;
    }
    this.stop();
    if (cut === 'half-close') this.#to.end();
  }
}

/** Resolves when the kernel has the bytes, or nobody will take them any more. */
function flushed(socket: Socket, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    if (socket.destroyed || socket.writableEnded) resolve();
    else socket.write(bytes, () => resolve());
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function none(): Faults {
  return {};
}
