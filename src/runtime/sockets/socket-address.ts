import type { Socket } from 'node:net';

/** The client's address and port, which are one open connection's alone. */
export function clientOf(socket: Socket): string {
  return `${socket.remoteAddress}|${socket.remotePort}`;
}

/** An address as IPv4 clients of a dual-stack port would write it themselves; empty when unknown. */
export function addressOf(address: string | undefined): string {
  return address?.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : (address ?? '');
}

/** IPv6 as RFC 5952 writes it, and as node:dgram tells it; IPv4, and IPv6 with a zone, as they are. */
export function canonicalAddress(address: string): string {
  if (!address.includes(':') || address.includes('%')) return address;
  return URL.parse(`http://[${address}]/`)?.hostname.slice(1, -1) ?? address;
}
