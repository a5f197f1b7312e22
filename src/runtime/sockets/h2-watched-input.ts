import type { Socket } from 'node:net';
import { giveBack } from './read-memory.ts';

/** Node's HTTP/2 takes even what was unshifted without an event. */
const TELLS = 'Deno' in globalThis || 'Bun' in globalThis;

/**
 * Has `accepts` see what is read of a socket before the HTTP/2 of the runtime does; once it says no, nothing comes
 * through any more. On Deno, which decodes header lists that are too long without ever telling of their stream, that
 * is everything; Node and Bun read below, but for the `first` bytes. False where those are not accepted already.
 */
export function watchInput(
  socket: Socket,
  first: Uint8Array,
  accepts: (bytes: Uint8Array) => boolean,
): boolean {
  if (!TELLS) return accepts(first);
  const { emit } = socket;
  let open = true;
  socket.emit = (event: string, ...values: unknown[]): boolean => {
    const [bytes] = values;
    if (event !== 'data' || !(bytes instanceof Uint8Array)) return emit.call(socket, event, ...values);
    open = open && accepts(bytes);
    if (open) emit.call(socket, event, bytes);
    giveBack(bytes);
    return true;
  };
  return true;
}
