import type { Socket } from 'node:net';

const carriers = new WeakMap<Socket, Socket>();

/** Remembers the TCP socket below a TLS socket, which does not tell. */
export function setCarrier(secure: Socket, carrier: Socket): void {
  carriers.set(secure, carrier);
}

/** The TCP socket below, or the socket itself. */
export function carrierOf(socket: Socket): Socket {
  return carriers.get(socket) ?? socket;
}
