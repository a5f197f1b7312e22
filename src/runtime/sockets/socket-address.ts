import type { Socket } from 'node:net';

/** The client's address and port, which are one open connection's alone. */
export function clientOf(socket: Socket): string {
  return `${socket.remoteAddress}|${socket.remotePort}`;
}

/** An address as IPv4 clients of a dual-stack port would write it themselves; empty when unknown. */
export function addressOf(address: string | undefined): string {
  return address?.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : (address ?? '');
}
