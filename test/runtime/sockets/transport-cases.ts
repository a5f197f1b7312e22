import assert from 'node:assert/strict';
import { TransportError } from '../../../src/proxy/forward/transport.ts';
import type { RawPeer } from '../../support/raw-peer.ts';
import { withUpstream } from '../../support/raw-proxy.ts';
import { attemptTo, readBody } from '../../support/socket-mesh.ts';
import type { Case } from './case.ts';

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

function failsWith(failure: TransportError['failure'], sent: boolean): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof TransportError, String(error));
    assert.deepEqual([error.failure, error.sent], [failure, sent], error.message);
    return true;
  };
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
    name: 'interim responses are passed over, a flood of them and an unasked upgrade are refused',
    run: async () => {
      const interim = 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n';
      await withUpstream(
        answering(`${interim}HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok`),
        async (upstream, transport) => {
          const response = await transport.send(attemptTo(upstream.port), undefined);
          assert.deepEqual([response.status, await readBody(response.body)], [201, 'ok']);
        },
      );
      const flood = 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(100);
      await withUpstream(answering(flood), async (upstream, transport) => {
        await assert.rejects(
          transport.send(attemptTo(upstream.port), undefined),
          failsWith('protocol', true),
        );
      });
      const upgrade = 'HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n';
      await withUpstream(answering(upgrade), async (upstream, transport) => {
        await assert.rejects(
          transport.send(attemptTo(upstream.port), undefined),
          failsWith('protocol', true),
        );
      });
    },
  },
];
