import assert from 'node:assert/strict';
import { RawPeer, type RawServer, rawServer } from '../../support/raw-peer.ts';
import { AUTHORIZED, withTwoSidecars } from '../../support/two-sidecars.ts';
import type { Case } from './case.ts';

const EVENTS = 20;

/** A client and an application with two sidecars and mutual TLS between them, and the first connection of both. */
async function withStream(
  request: string,
  run: (client: RawPeer, server: RawPeer) => Promise<void>,
): Promise<void> {
  const application: RawServer = await rawServer(() => undefined);
  await withTwoSidecars({ protocol: 'http', application: application.port }, async (mesh) => {
    const client = await RawPeer.connect(mesh.outbound.port);
    client.write(request);
    while (application.peers[0] === undefined) await new Promise((resolve) => setTimeout(resolve, 2));
    await run(client, application.peers[0]);
    client.socket.destroy();
  });
  application.close();
}

function chunk(text: string): string {
  return `${text.length.toString(16)}\r\n${text}\r\n`;
}

export const STREAM_CASES: readonly Case[] = [
  ...['Transfer-Encoding: chunked\r\n', ''].map((framing) => ({
    name: `an event stream ${framing ? 'in chunks' : 'until close'} is seen event by event, each before the next is sent`,
    run: () =>
      withStream(
        `GET http://app/events HTTP/1.1\r\nHost: app\r\n${AUTHORIZED}\r\n\r\n`,
        async (client, server) => {
          await server.until('\r\n\r\n');
          server.write(`HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n${framing}\r\n`);
          // The head comes without waiting for the first event.
          await client.until('text/event-stream');
          for (let i = 0; i < EVENTS; i++) {
            const event = `data: ${i}\n\n`;
            server.write(framing ? chunk(event) : event);
            await client.until(event);
          }
          if (framing) server.write('0\r\n\r\n');
          else server.socket.end();
          await client.until('\r\n0\r\n\r\n');
        },
      ),
  })),
  {
    name: 'a request body and its response stream side by side',
    run: () => {
      const head = `POST http://app/echo HTTP/1.1\r\nHost: app\r\n${AUTHORIZED}\r\nTransfer-Encoding: chunked\r\n\r\n`;
      return withStream(head, async (client, server) => {
        await server.until('\r\n\r\n');
        server.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
        for (let i = 0; i < EVENTS; i++) {
          client.write(chunk(`question ${i}.`));
          await server.until(`question ${i}.`);
          server.write(chunk(`answer ${i}.`));
          await client.until(`answer ${i}.`);
        }
        client.write('0\r\n\r\n');
        await server.until('\r\n0\r\n\r\n');
        server.write('0\r\n\r\n');
        await client.until('\r\n0\r\n\r\n');
        assert.equal(client.ended, undefined);
      });
    },
  },
];
