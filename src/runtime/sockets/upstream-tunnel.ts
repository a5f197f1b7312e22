import type { Socket } from 'node:net';
import type { ResponseHead } from '../../http/message.ts';
import type { ProxyResponse } from '../../proxy/forward/transport.ts';
import type { BodySource } from './body.ts';
import { SocketStream } from './socket-stream.ts';

/**
 * The response of an upstream that switched protocols: its bytes are the body, and `asked`, what the client
 * sends, goes to it. `early` came right after the head. Throws where nobody asked for that protocol.
 */
export function upgradedResponse(
  socket: Socket,
  early: Uint8Array,
  asked: BodySource | undefined,
  { status, reason, headers }: ResponseHead,
): ProxyResponse<BodySource> {
  if (asked?.upgrade === undefined || headers.get('upgrade')?.toLowerCase() !== asked.upgrade) {
    throw new Error('an upgrade that nobody asked for');
  }
  const body = new SocketStream(socket, early);
  body.receive(asked);
  return { status, reason, headers, body };
}
