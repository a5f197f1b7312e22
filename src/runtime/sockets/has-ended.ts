import type { Socket } from 'node:net';

/** Whether the other end has closed while nobody listened: who comes now would wait for an `end` that is over. */
export function hasEnded(socket: Socket): boolean {
  return socket.destroyed || socket.readableEnded;
}
