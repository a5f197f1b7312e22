import type { Socket } from 'node:net';
import { carrierOf } from './carrier.ts';

/**
 * Closes so that nobody can take it for the end of a message: by a reset of the TCP connection. Deno sends none
 * for one that carries TLS.
 */
export function resetSocket(socket: Socket): void {
  const carrier = carrierOf(socket);
  if (!('encrypted' in carrier) && typeof carrier.resetAndDestroy === 'function') carrier.resetAndDestroy();
  socket.destroy();
}
