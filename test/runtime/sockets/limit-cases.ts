import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { GatewayListener } from '../../../src/runtime/sockets/gateway-listener.ts';
import { END_HEADERS, FRAME, frame, GET_FIELDS, headers } from '../../support/h2-frames.ts';
import { h2Client, request } from '../../support/h2-mesh.ts';
import { H2Peer } from '../../support/h2-peer.ts';
import { RawPeer } from '../../support/raw-peer.ts';
import { openPort, SILENT, text } from '../../support/socket-mesh.ts';
import { until } from '../../support/until.ts';
import type { Case } from './case.ts';

const GET = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';

export const LIMIT_CASES: readonly Case[] = [
  {
    name: 'exhaustion: a gateway port closes what is above its limits, counts it, and logs it but once a second',
    run: async () => {
      const warnings: unknown[] = [];
      const log = {
        ...SILENT,
        warn: (event: string, fields: unknown) => void warnings.push([event, fields]),
      };
      const server = { protocol: 'HTTP' as const, port: 80, virtualHosts: [] };
      const listening = await GatewayListener.open({
        address: '127.0.0.1',
        port: 0,
        serverPort: 80,
        server: () => server,
        servers: () => [server],
        handler: async () => text('here'),
        tcp: async () => undefined,
        log,
        maxConnections: 8,
        maxConnectionsPerAddress: 2,
      });
      const { port } = listening;
      const welcome = [await RawPeer.connect(port), await RawPeer.connect(port)];
      const refused = await Promise.all(Array.from({ length: 5 }, () => RawPeer.connect(port)));
      await Promise.all(refused.map((peer) => peer.untilEnd()));
      for (const peer of welcome) {
        peer.write(GET);
        await peer.until('here');
      }
      assert.equal(listening.refused, 5);
      const fields = { port, address: '127.0.0.1', refused: 1 };
      assert.deepEqual(warnings[0], ['too many connections', fields]);
      assert.ok(warnings.length <= 2, `${warnings.length} lines`);
      listening.close();
    },
  },
  {
    name: 'a retired port asks HTTP/2 clients not to come back, and what they asked before is answered',
    run: async () => {
      const asked = Promise.withResolvers<void>();
      const release = Promise.withResolvers<void>();
      const listening = await openPort(async ({ head }) => {
        asked.resolve();
        if (head.target === '/slow') await release.promise;
        return text('here');
      });
      const peer = await H2Peer.connect(listening.port);
      const slow = GET_FIELDS.map(([name, value]) => [name, name === ':path' ? '/slow' : value] as const);
      peer.send(headers(1, slow));
      await asked.promise;
      listening.retire();
      const goaway = await peer.until(({ type }) => type === FRAME.goaway);
      assert.equal(goaway?.payload.readUInt32BE(4), 0);
      const last = goaway?.payload.readUInt32BE(0) ?? 0;
      assert.ok(last >= 1);
      // What the GOAWAY promises to serve is served.
      if (last >= 3) peer.send(headers(3, GET_FIELDS));
      if (last >= 3) assert.equal(await answered(peer, 3), true);
      release.resolve();
      assert.equal(await answered(peer, 1), true);
      await until('it is closed', () => peer.closed || undefined);
      const fresh = h2Client(listening.port);
      assert.equal((await request(fresh)).body, 'here');
      await until('its one request was the last', () => fresh.destroyed || undefined);
      await listening.close();
    },
  },
  {
    name: 'a retired port ends idle HTTP/2 connections',
    run: async () => {
      const listening = await openPort(async () => text('here'), { deadlines: { lingerMs: 80 } });
      const idle = h2Client(listening.port);
      assert.equal((await request(idle)).status, 200);
      listening.retire();
      await until('it is closed', () => idle.destroyed || undefined);
      await listening.close();
    },
  },
  {
    name: 'exhaustion: a header block of endless CONTINUATION frames is cut, however little is in them',
    run: async () => {
      const listening = await openPort(async () => text('here'));
      for (const piece of [0, 1]) {
        const peer = await H2Peer.connect(listening.port);
        const begin = headers(1, GET_FIELDS);
        begin[4] = (begin[4] ?? 0) & ~END_HEADERS;
        peer.send(begin);
        const one = frame(FRAME.continuation, 0, 1, new Uint8Array(piece));
        const many = Buffer.concat(Array.from({ length: 100 }, () => one));
        for (let i = 0; i < 100 && !peer.closed; i++) {
          peer.send(many);
          await new Promise((resolve) => setImmediate(resolve));
        }
        await until('it is closed', () => peer.closed || undefined);
        peer.socket.destroy();
      }
      const other = await RawPeer.connect(listening.port);
      other.write(GET);
      await other.until('here');
      await listening.close();
    },
  },
  {
    name: 'exhaustion: a client that asks on and takes no answers gets no more of them until it takes them',
    run: async () => {
      const asked = 600;
      const body = 'x'.repeat(64 * 1024);
      let calls = 0;
      const listening = await openPort(async () => {
        calls++;
        return text(body);
      });
      const socket = connect({ host: '127.0.0.1', port: listening.port });
      socket.pause();
      socket.write(GET.repeat(asked));
      await until('the first is asked', () => calls > 0 || undefined);
      // What the kernels of both sides hold is far less.
      for (let before = -1; calls !== before; await sleep(200)) before = calls;
      assert.ok(calls < asked - 100, `${calls} of ${asked} were answered to nobody`);
      let received = 0;
      socket.on('data', (bytes) => {
        received += bytes.length;
      });
      socket.resume();
      await until('all are answered', () => received > asked * body.length || undefined);
      assert.equal(calls, asked);
      socket.destroy();
      await listening.close();
    },
  },
];

/** Whether a response head came on that stream before the connection ended. */
async function answered(peer: H2Peer, id: number): Promise<boolean> {
  return (await peer.until(({ type, stream }) => type === FRAME.headers && stream === id)) !== undefined;
}
