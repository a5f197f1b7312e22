import assert from 'node:assert/strict';
import { HeaderList } from '../../../src/http/header-list.ts';
import type { Handler } from '../../../src/proxy/exchange.ts';
import type { BodySource } from '../../../src/runtime/sockets/body.ts';
import { SocketsTransport } from '../../../src/runtime/sockets/sockets-transport.ts';
import { RawPeer } from '../../support/raw-peer.ts';
import { withProxy } from '../../support/raw-proxy.ts';
import { attemptTo, openPort } from '../../support/socket-mesh.ts';
import type { Case } from './case.ts';

const MIB = 1024 * 1024;

/** Not the same octet everywhere, so that lost or swapped pieces show. */
function pattern(length: number): string {
  return Array.from({ length: length / 16 }, (_, i) => String(i).padStart(16, '0')).join('');
}

export const BODY_CASES: readonly Case[] = [
  {
    name: 'an upstream that breaks off never looks complete',
    run: async () => {
      const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n';
      const table = [
        ['HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc', ''],
        [chunked, ''],
        [chunked, '0\r\n'],
        [chunked, 'zz'],
      ] as const;
      for (const [head, later] of table) {
        const onPeer = (peer: RawPeer) =>
          peer.socket.once('data', () => {
            peer.write(head);
            setTimeout(() => peer.socket.end(later), 20);
          });
        for (const version of ['1.1', '1.0']) {
          await withProxy(onPeer, async (client) => {
            client.write(`GET / HTTP/${version}\r\nHost: x\r\n\r\n`);
            const answer = await client.untilEnd();
            assert.equal(client.ended, 'reset', `${version} ${head} ${later} -> ${answer}`);
            assert.ok(!answer.endsWith('0\r\n\r\n'), answer);
          });
        }
      }
    },
  },
  {
    name: 'a body that only its connection ends is whole after an orderly end, and broken after a reset',
    run: async () => {
      const head = 'HTTP/1.1 200 OK\r\n\r\nabc';
      const onEnd = (peer: RawPeer) => peer.socket.once('data', () => peer.socket.end(head));
      await withProxy(onEnd, async (client) => {
        client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
        assert.match(await client.until('0\r\n\r\n'), /3\r\nabc\r\n0\r\n\r\n$/);
      });
      const onReset = (peer: RawPeer) =>
        peer.socket.once('data', () => {
          peer.write(head);
          setTimeout(() => peer.socket.resetAndDestroy(), 30);
        });
      await withProxy(onReset, async (client) => {
        client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
        assert.ok(!(await client.untilEnd()).endsWith('0\r\n\r\n'));
      });
    },
  },
  {
    name: 'lost bytes: what came of a body before it broke in the same turn of the event loop reaches the client',
    run: async () => {
      const listening = await openPort(async () => {
        const body: BodySource = {
          framing: { kind: 'length', length: 10 },
          started: false,
          start: (sink) => {
            sink.write(Buffer.from('abc'));
            queueMicrotask(() => sink.fail(new Error('the upstream broke off')));
          },
          resume: () => undefined,
          cancel: () => undefined,
          watch: () => undefined,
        };
        return { status: 200, reason: '', headers: new HeaderList(), body };
      });
      const client = await RawPeer.connect(listening.port);
      client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
      assert.match(await client.untilEnd(), /\r\n\r\nabc$/);
      assert.equal(client.ended, 'reset');
      await listening.close();
    },
  },
  {
    name: '1 MiB goes both ways, by length and in chunks, and arrives as it was sent',
    run: async () => {
      const body = pattern(MIB);
      const upstreamEcho: Handler<BodySource> = async (exchange) => ({
        status: 200,
        reason: '',
        headers: exchange.head.headers.copy(),
        body: exchange.body,
      });
      const upstream = await openPort(upstreamEcho);
      const transport = new SocketsTransport();
      const proxy = await openPort(({ head, body: source, signal }) =>
        transport.send(attemptTo(upstream.port, { method: head.method, body: source }), signal),
      );
      try {
        for (const framing of ['length', 'chunked']) {
          const client = await RawPeer.connect(proxy.port);
          const head = framing === 'length' ? `Content-Length: ${MIB}` : 'Transfer-Encoding: chunked';
          const tail = framing === 'length' ? body : `${MIB.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
          client.write(`POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${head}\r\n\r\n${tail}`);
          const answer = await client.untilEnd();
          const got = answer.slice(answer.indexOf('\r\n\r\n') + 4);
          assert.ok((framing === 'length' ? got : unchunk(got)) === body, `${framing}: ${got.length}`);
        }
      } finally {
        transport.close();
        await proxy.close();
        await upstream.close();
      }
    },
  },
  {
    name: 'a client that does not read makes the upstream wait, and gets everything in the end',
    run: async () => {
      const total = 64 * MIB;
      let written = 0;
      const onPeer = (peer: RawPeer) => {
        const piece = Buffer.alloc(64 * 1024, 0x61);
        const pump = () => {
          while (written < total && !peer.socket.destroyed) {
            written += piece.length;
            if (!peer.socket.write(piece)) return;
          }
        };
        peer.socket.on('drain', pump);
        peer.socket.once('data', () => {
          peer.write(`HTTP/1.1 200 OK\r\nContent-Length: ${total}\r\n\r\n`);
          pump();
        });
      };
      await withProxy(onPeer, async (client) => {
        let got = 0;
        client.socket.removeAllListeners('data');
        client.socket.pause();
        client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
        for (let before = -1; written === 0 || before !== written; ) {
          before = written;
          await new Promise((resolve) => setTimeout(resolve, 150));
        }
        assert.ok(written < total / 2, `${written} written while nobody read`);
        const whole = new Promise<void>((resolve) => {
          client.socket.on('data', (chunk: Buffer) => {
            got += chunk.length;
            if (got > total) resolve();
          });
        });
        client.socket.resume();
        await whole;
      });
    },
  },
  {
    name: 'an early answer ends the exchange, and the rest of the request goes nowhere',
    run: async () => {
      const onPeer = (peer: RawPeer) =>
        peer.socket.once('data', () => peer.write('HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n'));
      await withProxy(onPeer, async (client, upstream) => {
        client.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nabc');
        assert.match(await client.untilEnd(), /^HTTP\/1\.1 413 /);
        await upstream.peers[0]?.untilEnd();
      });
    },
  },
  {
    name: 'a client that goes mid-upload never completes the request upstream',
    run: () =>
      withProxy(
        () => undefined,
        async (client, upstream) => {
          client.write('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n');
          while (!upstream.peers[0]?.text.includes('abc')) await new Promise((r) => setTimeout(r, 5));
          client.socket.destroy();
          const got = await upstream.peers[0].untilEnd();
          assert.ok(!got.endsWith('0\r\n\r\n'), got);
        },
      ),
  },
];

function unchunk(text: string): string {
  let body = '';
  for (let at = 0; ; ) {
    const end = text.indexOf('\r\n', at);
    const size = Number.parseInt(text.slice(at, end), 16);
    if (size === 0) return body;
    body += text.slice(end + 2, end + 2 + size);
    at = end + 4 + size;
  }
}
