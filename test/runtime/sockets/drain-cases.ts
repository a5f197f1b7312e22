import assert from 'node:assert/strict';
import { TransportError } from '../../../src/proxy/forward/transport.ts';
import { SocketsTransport } from '../../../src/runtime/sockets/sockets-transport.ts';
import { RawPeer, rawServer } from '../../support/raw-peer.ts';
import { attemptTo, fixedBody, openPort, text } from '../../support/socket-mesh.ts';
import type { Case } from './case.ts';

const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

export const DRAIN_CASES: readonly Case[] = [
  {
    name: 'a retired port still serves, and asks clients not to come back',
    run: async () => {
      const listening = await openPort(async () => text('here'));
      const old = await RawPeer.connect(listening.port);
      old.write(GET);
      assert.ok(!(await old.until('here')).includes('connection: close'));
      listening.retire();
      const fresh = await RawPeer.connect(listening.port);
      for (const client of [old, fresh]) {
        client.write(GET);
        assert.match(await client.untilEnd(), /connection: close\r\n[\s\S]*here$/);
        assert.equal(client.ended, 'end');
      }
      await listening.close();
    },
  },
  {
    name: 'a draining port takes nothing new, ends what is idle and waits for what is not',
    run: async () => {
      let answer: () => void = () => undefined;
      const listening = await openPort(async ({ head }) => {
        if (head.target === '/slow') await new Promise<void>((resolve) => (answer = resolve));
        return text('done');
      });
      const idle = await RawPeer.connect(listening.port);
      const busy = await RawPeer.connect(listening.port);
      idle.write(GET);
      await idle.until('done');
      busy.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n');
      while (listening.connections < 2) await new Promise((resolve) => setTimeout(resolve, 1));
      await new Promise((resolve) => setTimeout(resolve, 20));
      const drained = listening.drain(10_000);
      await idle.untilEnd();
      await assert.rejects(RawPeer.connect(listening.port));
      answer();
      assert.match(await busy.untilEnd(), /connection: close\r\n[\s\S]*done$/);
      await drained;
      assert.equal(listening.connections, 0);
    },
  },
  {
    name: 'one address has its share of connections, and gets it back',
    run: async () => {
      const more = { address: '0.0.0.0', maxConnectionsPerAddress: 2 };
      const listening = await openPort(async () => text('here'), more);
      const first = await RawPeer.connect(listening.port);
      const second = await RawPeer.connect(listening.port);
      const third = await RawPeer.connect(listening.port);
      await third.untilEnd();
      for (const client of [first, second]) {
        client.write(GET);
        await client.until('here');
      }
      first.socket.destroy();
      while (listening.connections > 1) await new Promise((resolve) => setTimeout(resolve, 1));
      const fourth = await RawPeer.connect(listening.port);
      fourth.write(GET);
      await fourth.until('here');
      await listening.close();
    },
  },
  {
    name: 'an upstream that takes nothing of a request is given up',
    run: async () => {
      const upstream = await rawServer((peer) => peer.socket.pause());
      const transport = new SocketsTransport({ idleMs: 4_000, idlePerKey: 8, stallMs: 100 });
      const chunks = Array.from({ length: 64 }, () => 'x'.repeat(1 << 18));
      const framing = { kind: 'length' as const, length: chunks.length << 18 };
      const body = fixedBody(framing, chunks);
      const sent = transport.send(attemptTo(upstream.port, { method: 'POST', body }), undefined);
      await assert.rejects(sent, (error) => {
        assert.ok(error instanceof TransportError);
        assert.deepEqual([error.failure, error.sent], ['reset', true], error.message);
        return true;
      });
      transport.close();
      upstream.close();
    },
  },
];
