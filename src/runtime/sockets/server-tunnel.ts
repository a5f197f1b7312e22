import type { Socket } from 'node:net';
import type { Framing } from '../../http/framing.ts';
import type { Refusal } from '../../http/message.ts';
import type { RequestHead } from '../../http/read-request-head.ts';
import { upgradeWish } from '../../http/upgrade.ts';
import { responseHeadText } from '../../http/write-head.ts';
import type { ProxyResponse } from '../../proxy/forward/transport.ts';
import type { BodySource } from './body.ts';
import { SocketStream } from './socket-stream.ts';
import type { SocketWriter } from './socket-writer.ts';
import { TunnelBody } from './tunnel-body.ts';

const NONE: Framing = { kind: 'none' };

/** The response that opens a tunnel; its body is what the client gets to read. */
export type TunnelResponse = ProxyResponse<BodySource> & { readonly body: BodySource };

/** The tunnel that a request asks for by CONNECT or Upgrade, nothing when it asks for none, or why it gets none. */
export function requestedTunnel(
  { head, upgrade }: RequestHead,
  bodiless: boolean,
): TunnelBody | Refusal | undefined {
  if (head.method === 'CONNECT') {
    return bodiless ? new TunnelBody(undefined) : { status: 400, reason: 'CONNECT with a body' };
  }
  const wish = upgradeWish(head.method, upgrade);
  if (wish.kind === 'refusal') return wish;
  return wish.kind === 'none' ? undefined : new TunnelBody(wish.protocol);
}

/**
 * Where a response opens the tunnel that was asked for: tells the client so, and lets the bytes flow both ways;
 * `early` came right after the request. Else undefined. Throws TypeError on an illegal head, before anything
 * was sent.
 */
export function openTunnel(
  socket: Socket,
  writer: SocketWriter,
  early: Uint8Array,
  asked: BodySource | undefined,
  response: ProxyResponse<BodySource>,
): SocketStream | undefined {
  const { body, status } = response;
  if (!(asked instanceof TunnelBody) || !asked.isOpenedBy(status)) return undefined;
  if (body === undefined || typeof body === 'string') return undefined;
  const head = responseHeadText(response, NONE, 'keep-alive', asked.upgrade);
  const stream = new SocketStream(socket, early);
  writer.writeHead(head);
  writer.flush();
  stream.receive(body);
  asked.open(stream);
  return stream;
}
