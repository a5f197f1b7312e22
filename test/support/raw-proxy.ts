import type { Handler } from '../../src/proxy/exchange.ts';
import type { BodySource } from '../../src/runtime/sockets/body.ts';
import { SocketsTransport } from '../../src/runtime/sockets/sockets-transport.ts';
import { RawPeer, type RawServer, rawServer } from './raw-peer.ts';
import { attemptTo, openPort } from './socket-mesh.ts';

/** A raw upstream and a transport, closed afterwards. */
export async function withUpstream(
  onPeer: (peer: RawPeer) => void,
  run: (upstream: RawServer, transport: SocketsTransport) => Promise<void>,
): Promise<void> {
  const upstream = await rawServer(onPeer);
  const transport = new SocketsTransport();
  try {
    await run(upstream, transport);
  } finally {
    transport.close();
    upstream.close();
  }
}

/** Client → listener → transport → upstream, as a proxy does it. */
export async function withProxy(
  onPeer: (peer: RawPeer) => void,
  run: (client: RawPeer, upstream: RawServer) => Promise<void>,
): Promise<void> {
  await withUpstream(onPeer, async (upstream, transport) => {
    const handler: Handler<BodySource> = ({ head, body, signal }) => {
      const attempt = attemptTo(upstream.port, { method: head.method, path: head.target, body });
      return transport.send(attempt, signal);
    };
    const listening = await openPort(handler);
    const client = await RawPeer.connect(listening.port);
    try {
      await run(client, upstream);
    } finally {
      client.socket.destroy();
      await listening.close();
    }
  });
}
