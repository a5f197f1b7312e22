import type { Socket } from 'node:net';
import { carrierOf } from './carrier.ts';

/** The reading side of a socket's handle, as every runtime has it. */
interface Handle {
  readStart?(): void;
  readStop?(): void;
}

/** Deno reads on below a paused TLS stream, without bound, and loses an end that arrives meanwhile. */
const LOSES_ENDS = 'Deno' in globalThis;

/** Makes the peer wait; what was read before may still come. */
export function pauseSocket(socket: Socket): void {
  const handle = carrierHandle(socket);
  if (handle?.readStop === undefined) socket.pause();
  else handle.readStop();
}

/** Goes on after `pauseSocket`. */
export function resumeSocket(socket: Socket): void {
  const handle = carrierHandle(socket);
  if (handle?.readStart === undefined) socket.resume();
  else handle.readStart();
}

/** Where TLS must not be paused itself, the TCP connection below is. */
function carrierHandle(socket: Socket): Handle | undefined {
  const carrier = LOSES_ENDS ? carrierOf(socket) : socket;
  if (carrier === socket || socket.destroyed || !('_handle' in carrier)) return undefined;
  return (carrier._handle as Handle | null) ?? undefined;
}
