import type { Socket } from 'node:net';

/** The longest message that two bytes of length can announce (RFC 1035 §4.2.2). */
const LONGEST = 65_535;

/** Reads DNS messages of a TCP connection one by one; what is longer than `limit` ends it. */
export function readDnsStream(
  socket: Socket,
  onMessage: (message: Uint8Array) => void,
  limit: number = LONGEST,
): void {
  let unread: Uint8Array = new Uint8Array(0);
  socket.on('data', (chunk: Uint8Array) => {
    unread = unread.length === 0 ? chunk : Buffer.concat([unread, chunk]);
    for (;;) {
      const length = ((unread[0] ?? 0) << 8) | (unread[1] ?? 0);
      if (unread.length < 2) return;
      if (length > limit || length === 0) {
        socket.destroy();
        return;
      }
      if (unread.length < 2 + length) return;
      const message = unread.subarray(2, 2 + length);
      unread = unread.subarray(2 + length);
      onMessage(message);
    }
  });
}

/** Writes one message with its length before it. */
export function writeDnsStream(socket: Socket, message: Uint8Array): void {
  const framed = new Uint8Array(2 + message.length);
  framed[0] = message.length >> 8;
  framed[1] = message.length & 0xff;
  framed.set(message, 2);
  socket.write(framed);
}
