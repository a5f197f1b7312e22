import type { Socket } from 'node:net';
import { encodeLatin1 } from '../../http/latin1.ts';
import { type Flushable, flushAtEndOfTurn } from './end-of-turn.ts';
import { writeOnce } from './read-memory.ts';

/** So many bytes do not wait for the end of the turn. */
const ENOUGH = 16 * 1024;

/** The sending side of a socket. What is written in one turn of the event loop leaves at its end, in one write. */
export class SocketWriter implements Flushable {
  readonly #socket: Socket;
  /** Leaves before the parts. */
  #head = '';
  #parts: Uint8Array[] = [];
  #bytes = 0;
  #due = false;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** A text of octets, as the head of a message is; it is encoded together with the body that follows it. */
  writeHead(text: string): void {
    if (this.#parts.length > 0) {
      this.write(octets(text, 0));
    } else {
      this.#head += text;
      this.#await();
    }
  }

  /** False when the socket wants a pause; then it will emit `drain`. */
  write(bytes: Uint8Array): boolean {
    this.#parts.push(bytes);
    this.#bytes += bytes.length;
    if (this.#bytes >= ENOUGH) return this.flush();
    this.#await();
    // Only a socket that is full already will say `drain`.
    return !this.#socket.writableNeedDrain;
  }

  /** Sends now what was written. False when the socket wants a pause. */
  flush(): boolean {
    this.#due = false;
    const head = this.#head;
    const parts = this.#parts;
    const [first] = parts;
    if (head === '' && first === undefined) return true;
    const bytes = head === '' && parts.length === 1 && first !== undefined ? first : this.#collected(head);
    this.#head = '';
    parts.length = 0;
    this.#bytes = 0;
    // A socket that is gone reports so by its own events; a late write must not throw.
    if (this.#socket.destroyed || this.#socket.writableEnded) return false;
    return writeOnce(this.#socket, bytes);
  }

  #await(): void {
    if (this.#due) return;
    this.#due = true;
    flushAtEndOfTurn(this);
  }

  #collected(head: string): Uint8Array {
    const bytes = octets(head, this.#bytes);
    let at = head.length;
    for (const part of this.#parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }
}

/** The octets of a text, and room for so many bytes more. */
function octets(text: string, more: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(text.length + more);
  encodeLatin1(text, bytes);
  return bytes;
}
