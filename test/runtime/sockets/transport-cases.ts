import assert from 'node:assert/strict';
import type { Handler } from '../../../src/proxy/exchange.ts';
import { TransportError } from '../../../src/proxy/forward/transport.ts';
import type { BodySource } from '../../../src/runtime/sockets/body.ts';
import { SocketsTransport } from '../../../src/runtime/sockets/sockets-transport.ts';
import { RawPeer, type RawServer, rawServer } from '../../support/raw-peer.ts';
import { attemptTo, openPort, readBody } from '../../support/socket-mesh.ts';
import type { Case } from './case.ts';

const MIB = 1024 * 1024;

/** Says `answer` to every request head that arrives. */
function answering(answer: string): (peer: RawPeer) => void {
  return (peer) => {
    let answered = 0;
    peer.socket.on('data', () => {
      const heads = peer.text.split('\r\n\r\n').length - 1;
      for (; answered < heads; answered++) peer.write(answer);
    });
  };
}

/** A raw upstream and a transport, closed afterwards. */
async function withUpstream(
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
async function withProxy(
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

function failsWith(failure: TransportError['failure'], sent: boolean): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof TransportError, String(error));
    assert.deepEqual([error.failure, error.sent], [failure, sent], error.message);
    return true;
  };
}

/** Not the same octet everywhere, so that lost or swapped pieces show. */
function pattern(length: number): string {
  return Array.from({ length: length / 16 }, (_, i) => String(i).padStart(16, '0')).join('');
}

export const TRANSPORT_CASES: readonly Case[] = [
  {
    name: 'requests one after another share a connection; those at the same time do not',
    run: () =>
      withUpstream(
        answering('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'),
        async (upstream, transport) => {
          for (let i = 0; i < 5; i++) {
            const response = await transport.send(attemptTo(upstream.port), undefined);
            assert.equal(await readBody(response.body), 'ok');
          }
          assert.equal(upstream.peers.length, 1);
          const both = [1, 2].map(() => transport.send(attemptTo(upstream.port), undefined));
          for (const one of await Promise.all(both)) assert.equal(await readBody(one.body), 'ok');
          assert.equal(upstream.peers.length, 2);
          assert.equal(transport.idle, 2);
        },
      ),
  },
  {
    name: 'a connection is not reused after close, after surplus bytes, or after unasked bytes',
    run: async () => {
      const table = [
        'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok',
        'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil',
        'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok',
      ];
      for (const answer of table) {
        await withUpstream(answering(answer), async (upstream, transport) => {
          for (let i = 1; i <= 2; i++) {
            const response = await transport.send(attemptTo(upstream.port), undefined);
            assert.equal(await readBody(response.body), 'ok');
            assert.equal(upstream.peers.length, i);
          }
        });
      }
      await withUpstream(answering('HTTP/1.1 204 No Content\r\n\r\n'), async (upstream, transport) => {
        await transport.send(attemptTo(upstream.port), undefined);
        upstream.peers[0]?.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil');
        await upstream.peers[0]?.untilEnd();
        const response = await transport.send(attemptTo(upstream.port), undefined);
        assert.equal(response.status, 204);
      });
    },
  },
  {
    name: 'a reused connection that died is replaced for GET, and is an error for POST and for bodies',
    run: async () => {
      let requests = 0;
      const dying = (peer: RawPeer) => {
        let own = 0;
        peer.socket.on('data', () => {
          requests++;
          if (++own === 1) peer.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
          else peer.socket.destroy();
        });
      };
      await withUpstream(dying, async (upstream, transport) => {
        for (let i = 0; i < 2; i++) {
          assert.equal((await transport.send(attemptTo(upstream.port), undefined)).status, 200);
        }
        assert.equal(requests, 3);
        const post = transport.send(attemptTo(upstream.port, { method: 'POST' }), undefined);
        await assert.rejects(post, failsWith('reset', true));
        assert.equal(requests, 4);
      });
    },
  },
  {
    name: 'failures say what happened and whether anything was sent',
    run: async () => {
      await withUpstream(answering('SSH-2.0-OpenSSH\r\n'), async (upstream, transport) => {
        await assert.rejects(
          transport.send(attemptTo(upstream.port), undefined),
          failsWith('protocol', true),
        );
      });
      await withUpstream(
        (peer) => peer.socket.on('data', () => peer.socket.end('HTTP/1.1 2')),
        async (upstream, transport) => {
          await assert.rejects(transport.send(attemptTo(upstream.port), undefined), failsWith('reset', true));
          upstream.close();
          await assert.rejects(
            transport.send(attemptTo(upstream.port), undefined),
            failsWith('connect-failure', false),
          );
        },
      );
      await withUpstream(
        () => undefined,
        async (upstream, transport) => {
          const abandon = new AbortController();
          const sent = transport.send(attemptTo(upstream.port), abandon.signal);
          setTimeout(() => abandon.abort(), 30);
          await assert.rejects(sent, failsWith('aborted', true));
          await upstream.peers[0]?.untilEnd();
          await assert.rejects(
            transport.send(attemptTo(upstream.port), AbortSignal.abort()),
            failsWith('aborted', false),
          );
        },
      );
    },
  },
  {
    name: 'interim responses are passed over and an unasked upgrade is refused',
    run: async () => {
      const interim = 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n';
      await withUpstream(
        answering(`${interim}HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok`),
        async (upstream, transport) => {
          const response = await transport.send(attemptTo(upstream.port), undefined);
          assert.deepEqual([response.status, await readBody(response.body)], [201, 'ok']);
        },
      );
      const upgrade = 'HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n';
      await withUpstream(answering(upgrade), async (upstream, transport) => {
        await assert.rejects(
          transport.send(attemptTo(upstream.port), undefined),
          failsWith('protocol', true),
        );
      });
    },
  },
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
