import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { after, before, describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { FLOODS, type Flood, flood } from '../support/floods.ts';
import { isFull, sized } from '../support/full-runs.ts';
import { H2_FLOODS } from '../support/h2-floods.ts';
import { MIB, memoryPeak } from '../support/memory-peak.ts';
import { type ProxyProcess, RUNTIMES, withProxies } from '../support/proxy-process.ts';
import { startSteadyH2Load, startSteadyLoad } from '../support/steady-load.ts';
import { until } from '../support/until.ts';

const CONNECTIONS = sized(16, 128);
/** Each carries up to a hundred streams. */
const H2_CONNECTIONS = sized(2, 16);
const ALLOWED = 32 * MIB;
const LIMIT = 64;
const EVERY_MS = 10;

const upstream = createServer({ maxHeaderSize: 128 * 1024 }, (request, response) => {
  request.resume().on('end', () => response.end('hello'));
});

before(() => new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve)));
after(() => {
  upstream.closeAllConnections();
  upstream.close();
});

const to = () => (upstream.address() as AddressInfo).port;

for (const [protocol, floods, connections] of [
  ['HTTP/1.1', FLOODS, CONNECTIONS],
  ['HTTP/2', H2_FLOODS, H2_CONNECTIONS],
] as const) {
  describe(`floods of ${protocol} on ${connections} connections harm nobody`, () => {
    for (const runtime of RUNTIMES)
      test(runtime, (t) => withProxies(runtime, (proxies) => endure(t, proxies, floods, connections)));
  });
}

async function endure(
  t: TestContext,
  proxies: ProxyProcess,
  floods: readonly Flood[],
  connections: number,
): Promise<void> {
  const port = await proxies.open('service', to());
  // What the code itself takes is there before anything is measured.
  for (const one of floods) await flood(port, connections, one);
  for (const one of floods) {
    const others = [startSteadyLoad(port, EVERY_MS)];
    if (floods === H2_FLOODS) others.push(startSteadyH2Load(port, EVERY_MS));
    const grown = await memoryPeak(proxies, () => flood(port, connections, one));
    await Promise.all(others.map((load) => load.stop()));
    const answers = others.map(({ latencies }) => latencies.length).join(' + ');
    t.diagnostic(`${one.name}: +${(grown / MIB).toFixed(1)} MiB, ${answers} answers to others`);
    assert.deepEqual(
      others.flatMap(({ failed }) => failed),
      [],
      one.name,
    );
    if (isFull) assert.ok(grown <= ALLOWED, `${one.name}: ${grown} bytes more`);
  }
  await until('no connection is left', async () => (await proxies.connections()) === 0 || undefined);
}

describe('connections above the limit are closed, and those below it are served', () => {
  for (const runtime of RUNTIMES) {
    test(runtime, () =>
      withProxies(runtime, async (proxies) => {
        const port = await proxies.open('service', to(), { maxConnections: LIMIT });
        // On one connection: a second may be one too many.
        const early = startSteadyLoad(port, EVERY_MS, 1);
        await sleep(10 * EVERY_MS);
        const sockets = Array.from({ length: 10 * LIMIT }, () => connect({ host: '127.0.0.1', port }));
        const closed = sockets.map(
          (socket) =>
            new Promise<void>((resolve) =>
              socket
                .on('error', () => undefined)
                .resume()
                .once('close', resolve),
            ),
        );
        await until(
          'the rest is closed',
          () => sockets.filter((socket) => !socket.closed).length <= LIMIT || undefined,
        );
        assert.ok((await proxies.connections()) <= LIMIT);
        for (const socket of sockets) socket.destroy();
        await Promise.all(closed);
        await early.stop();
        assert.deepEqual(early.failed, []);
        await until('the proxy knows', async () => (await proxies.connections()) === 0 || undefined);
        const late = startSteadyLoad(port, EVERY_MS);
        await sleep(10 * EVERY_MS);
        await late.stop();
        assert.deepEqual(late.failed, []);
        assert.ok(late.latencies.length > 0);
      }),
    );
  }
});
