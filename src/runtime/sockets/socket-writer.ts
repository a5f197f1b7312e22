import type { Socket } from 'node:net';
import { encodeLatin1 } from '../../http/latin1.ts';
import { writeOnce } from './read-memory.ts';

/** The sending side of a socket; what is written between `hold` and `release` leaves in one write. */
export class SocketWriter {
  readonly #socket: Socket;
  /** Held before the bytes. */
  #head = '';
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

  /** A text of octets, as the head of a message is; it is encoded together with the body that is held after it. */
  writeHead(text: string): boolean {
    if (this.#holds === 0) return this.#send(octets(text, 0));
    if (this.#held.length > 0) return this.write(octets(text, 0));
    this.#head += text;
    return !this.#socket.writableNeedDrain;
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
    if (--this.#holds > 0) return true;
    const head = this.#head;
    const [first] = this.#held;
    if (head === '' && first === undefined) return true;
    const bytes =
      head === '' && this.#held.length === 1 && first !== undefined ? first : this.#collected(head);
    this.#head = '';
    this.#held.length = 0;
    this.#heldBytes = 0;
    return this.#send(bytes);
  }

  #collected(head: string): Uint8Array {
    const bytes = octets(head, this.#heldBytes);
    let at = head.length;
    for (const part of this.#held) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }

  #send(bytes: Uint8Array): boolean {
    // A socket that is gone reports so by its own events; a late write must not throw.
    if (this.#socket.destroyed || this.#socket.writableEnded) return false;
    return writeOnce(this.#socket, bytes);
  }
}

/** The octets of a text, and room for so many bytes more. */
function octets(text: string, more: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(text.length + more);
  encodeLatin1(text, bytes);
  return bytes;
}
