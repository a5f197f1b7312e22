import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RUNTIMES, withProxies } from '../support/proxy-process.ts';
import { RawPeer, rawServer } from '../support/raw-peer.ts';
import { until } from '../support/until.ts';

interface Moment {
  readonly name: string;
  readonly request: string;
  /** What the upstream says when it has the request. */
  readonly response: string;
  /** What the client waits for, if anything. */
  readonly seen: string;
}

const MOMENTS: readonly Moment[] = [
  {
    name: 'before the response',
    request: 'GET / HTTP/1.1\r\nHost: a.example\r\n\r\n',
    response: '',
    seen: '',
  },
  {
    name: 'in a response of known length',
    request: 'GET / HTTP/1.1\r\nHost: a.example\r\n\r\n',
    response: 'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart',
    seen: 'part',
  },
  {
    name: 'in a response without end',
    request: 'GET / HTTP/1.1\r\nHost: a.example\r\n\r\n',
    response: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n',
    seen: 'part',
  },
  {
    name: 'in the body of its request',
    request: 'POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: 100\r\n\r\npart',
    response: '',
    seen: '',
  },
];

async function cancelled(port: number, peers: readonly RawPeer[], moment: Moment, how: 'rst' | 'fin') {
  const earlier = peers.length;
  const client = await RawPeer.connect(port);
  client.write(moment.request);
  const upstream = await until('the upstream is asked', () => peers[earlier]);
  await upstream.until('\r\n\r\n');
  if (moment.response !== '') upstream.write(moment.response);
  if (moment.seen !== '') await client.until(moment.seen);
  assert.equal(upstream.ended, undefined);
  if (how === 'rst') client.socket.resetAndDestroy();
  else client.socket.destroy();
  await until('the upstream is left', () => upstream.ended);
}

describe('a client that goes takes its request along to the upstream', () => {
  for (const runtime of RUNTIMES) {
    test(runtime, (t) =>
      withProxies(runtime, async (proxies) => {
        const upstream = await rawServer(() => undefined);
        t.after(() => upstream.close());
        for (const port of [
          await proxies.open('plain', upstream.port),
          await proxies.openChain(upstream.port),
        ]) {
          for (const moment of MOMENTS) {
            await cancelled(port, upstream.peers, moment, 'rst');
            await cancelled(port, upstream.peers, moment, 'fin');
          }
        }
      }),
    );
  }
});
