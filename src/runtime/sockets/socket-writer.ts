import type { Socket } from 'node:net';

/** The sending side of a socket; what is written between `hold` and `release` leaves in one write. */
export class SocketWriter {
  readonly #socket: Socket;
  readonly #held: Uint8Array[] = [];
  #heldBytes = 0;
  #holds = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Begins to collect; holds nest. */
  hold(): void {
    this.#holds++;
  }

  /** False when the socket wants a pause; then it will emit `drain`. */
  write(bytes: Uint8Array): boolean {
    if (this.#holds === 0) return this.#send(bytes);
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
    // Only a socket that is full already will say `drain`.
    return !this.#socket.writableNeedDrain;
  }

  /** Sends what was collected, when the outermost hold ends. */
  release(): boolean {
    if (--this.#holds > 0 || this.#held.length === 0) return true;
    const only = this.#held.length === 1 ? this.#held[0] : undefined;
    const bytes = only ?? Buffer.concat(this.#held, this.#heldBytes);
    this.#held.length = 0;
    this.#heldBytes = 0;
    return this.#send(bytes);
  }

  #send(bytes: Uint8Array): boolean {
    // A socket that is gone reports so by its own events; a late write must not throw.
    if (this.#socket.destroyed || this.#socket.writableEnded) return false;
    return this.#socket.write(bytes);
  }
}
