import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { sized } from '../support/full-runs.ts';
import { download, type Framing, startLongUpstream, upload } from '../support/long-transfer.ts';
import { MIB, memoryPeak } from '../support/memory-peak.ts';
import { RUNTIMES, withProxies } from '../support/proxy-process.ts';
import { RawPeer, rawServer } from '../support/raw-peer.ts';
import { until } from '../support/until.ts';

const BYTES = sized(64, 1024) * MIB;
const UP_AND_DOWN = [
  ['up', upload, 'length'],
  ['down', download, 'chunked'],
] as const;
const MOVES = sized<readonly (readonly [string, typeof upload, Framing])[]>(UP_AND_DOWN, [
  ...UP_AND_DOWN,
  ['up', upload, 'chunked'],
  ['down', download, 'length'],
]);

/** What a process may take more for each sidecar in it, above what it has after some use. */
const ALLOWED = 64 * MIB;

/** What kernels and streams of a connection hold at most, on the whole way. */
const IN_FLIGHT = 32 * MIB;
const QUIET_MS = 250;

describe(`${BYTES / MIB} MiB pass unchanged and are not gathered`, () => {
  for (const runtime of RUNTIMES) {
    for (const hops of [1, 2]) {
      test(`${hops === 1 ? 'one sidecar' : 'two sidecars'} on ${runtime}`, (t) =>
        withProxies(runtime, async (proxies) => {
          const upstream = await startLongUpstream();
          t.after(() => upstream.close());
          const port = await (hops === 1
            ? proxies.open('plain', upstream.port)
            : proxies.openChain(upstream.port));
          await upload(port, 32 * MIB, 'length');
          await download(port, 32 * MIB, 'chunked');
          for (const [name, move, framing] of MOVES) {
            let got = '';
            const grown = await memoryPeak(proxies, async () => {
              got = await move(port, BYTES, framing);
            });
            t.diagnostic(`${name}, ${framing}: +${(grown / MIB).toFixed(1)} MiB`);
            assert.equal(got, String(BYTES));
            assert.ok(grown <= hops * ALLOWED, `${name}, ${framing}: ${grown} bytes more`);
          }
        }));
    }
  }
});

/** Writes until nothing more is taken for a while; fails where that never comes. */
async function untilStalled(socket: Socket): Promise<void> {
  const piece = Buffer.alloc(64 * 1024);
  for (let ready = true; ready; ) {
    socket.write(piece);
    const taken = socket.bytesWritten - socket.writableLength;
    assert.ok(taken < IN_FLIGHT, `it took ${taken} bytes that nobody reads`);
    ready = !socket.writableNeedDrain || (await Promise.race([drained(socket), sleep(QUIET_MS, false)]));
  }
  assert.equal(socket.destroyed, false);
}

describe('a reader that stalls makes the writer wait', () => {
  for (const runtime of RUNTIMES) {
    for (const role of ['plain', 'service', 'chain'] as const) {
      test(`an application behind ${role} on ${runtime}`, (t) =>
        withProxies(runtime, async (proxies) => {
          const upstream = await rawServer((peer) => void peer.socket.pause());
          t.after(() => upstream.close());
          const { port } = upstream;
          const client = await RawPeer.connect(
            await (role === 'chain' ? proxies.openChain(port) : proxies.open(role, port)),
          );
          t.after(() => client.socket.destroy());
          client.write(`POST / HTTP/1.1\r\nHost: a.example\r\nContent-Length: ${2 ** 40}\r\n\r\n`);
          await untilStalled(client.socket);
        }));
    }

    test(`a client on ${runtime}`, (t) =>
      withProxies(runtime, async (proxies) => {
        const upstream = await rawServer((peer) => {
          peer.socket.once('data', () => peer.write(`HTTP/1.1 200 OK\r\nContent-Length: ${2 ** 40}\r\n\r\n`));
        });
        t.after(() => upstream.close());
        const client = await RawPeer.connect(await proxies.openChain(upstream.port));
        t.after(() => client.socket.destroy());
        client.write('GET / HTTP/1.1\r\nHost: a.example\r\n\r\n');
        client.socket.pause();
        const peer = await until('the upstream is asked', () => upstream.peers[0]);
        await peer.until('\r\n\r\n');
        await untilStalled(peer.socket);
      }));
  }
});

function drained(socket: Socket): Promise<true> {
  return new Promise((resolve) => socket.once('drain', () => resolve(true)));
}
