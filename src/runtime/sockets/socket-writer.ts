import type { Socket } from 'node:net';
import { encodeLatin1 } from '../../http/latin1.ts';
import { type Flushable, flushAtEndOfTurn } from './end-of-turn.ts';
import { writeOnce } from './read-memory.ts';

/** So many bytes do not wait for the end of the turn. */
const ENOUGH = 16 * 1024;

/** A body of so many bytes is not copied to stand behind its head; Bun copies sooner than it writes two pieces. */
const APART = 'Bun' in globalThis ? Number.POSITIVE_INFINITY : 4 * 1024;

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

  /** Whether a head that was written before everything else has not left yet. */
  get holdsHead(): boolean {
    return this.#head !== '';
  }

  /** A text of octets, as the head of a message is; it is encoded together with the body that follows it. */
  writeHead(text: string): void {
    if (this.#parts.length > 0) {
      this.write(octets(text, 0));
    } else {
      this.#head += text;
      if (this.#head.length >= ENOUGH) this.flush();
      else this.#await();
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
    const apart = head !== '' && parts.length === 1 && this.#bytes >= APART ? first : undefined;
    const bytes =
      head === '' && parts.length === 1 && first !== undefined ? first : this.#collected(head, apart);
    this.#head = '';
    parts.length = 0;
    this.#bytes = 0;
    // A socket that is gone reports so by its own events; a late write must not throw.
    if (this.#socket.destroyed || this.#socket.writableEnded) return false;
    return apart === undefined ? writeOnce(this.#socket, bytes) : this.#writeBoth(bytes, apart);
  }

  /** One write of two pieces (writev), where neither is copied. */
  #writeBoth(head: Uint8Array, body: Uint8Array): boolean {
    const socket = this.#socket;
    socket.cork();
    socket.write(head);
    const ready = writeOnce(socket, body);
    socket.uncork();
    return ready;
  }

  #await(): void {
    if (this.#due) return;
    this.#due = true;
    flushAtEndOfTurn(this);
  }

  /** The head, and the parts unless they go `apart`. */
  #collected(head: string, apart: Uint8Array | undefined): Uint8Array {
    if (apart !== undefined) return octets(head, 0);
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
