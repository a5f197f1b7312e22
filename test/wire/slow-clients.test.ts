import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isFull, sized } from '../support/full-runs.ts';
import { type ProxyProcess, RUNTIMES, withProxies } from '../support/proxy-process.ts';
import { SlowClients } from '../support/slow-clients-process.ts';
import { p99, startSteadyLoad } from '../support/steady-load.ts';
import { until } from '../support/until.ts';

const CLIENTS = sized(96, 1000);
/** The full run waits for what a proxy has without being told. */
const DEADLINES = sized(
  { headerMs: 800, idleMs: 1200, bodyIdleMs: 1000, handshakeMs: 800, lingerMs: 300 },
  undefined,
);
const CLOSED_MS = 75_000;
/** Slow clients come one by one: who opens a thousand connections at once measures the machine that opens them. */
const ARRIVAL_MS = 5;
const EVERY_MS = 20;
const BASELINE_MS = sized(300, 10_000);
/** Below this a percentile of a shared machine says nothing, ms. */
const CLOCK_FLOOR_MS = 5;

/** What the others ask. */
const upstream = createServer((request, response) => {
  request.resume();
  response.end('hello');
});

/** Ends when every slow client is closed; how long that took after the last had come, ms. */
async function outlast(proxies: ProxyProcess, slow: SlowClients, port: number): Promise<number> {
  try {
    await slow.start(port, CLIENTS, isFull ? ARRIVAL_MS : 0);
    if (!isFull)
      await until('all are there', async () => (await proxies.connections()) >= CLIENTS || undefined);
    const arrived = performance.now();
    // Those of the load stay.
    const few = async () => (await proxies.connections()) <= 8 || undefined;
    while (performance.now() - arrived < CLOSED_MS && (await few()) === undefined) await sleep(100);
    assert.ok(await few(), `${await proxies.connections()} are open after ${CLOSED_MS} ms`);
    return performance.now() - arrived;
  } finally {
    await slow.end();
  }
}

/** The p99 of a load that has the proxy for itself, ms. */
async function loadAlone(port: number): Promise<number> {
  const alone = startSteadyLoad(port, EVERY_MS);
  await sleep(BASELINE_MS);
  await alone.stop();
  assert.deepEqual(alone.failed, []);
  return p99(alone.latencies);
}

describe(`${CLIENTS} slow clients are closed in time, and harm nobody`, () => {
  before(() => new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve)));
  after(() => {
    upstream.closeAllConnections();
    upstream.close();
  });

  for (const runtime of RUNTIMES) {
    test(runtime, (t) =>
      withProxies(runtime, async (proxies) => {
        const slow = new SlowClients();
        t.after(() => slow.stop());
        const more = DEADLINES && { deadlines: DEADLINES };
        const port = await proxies.open('service', (upstream.address() as AddressInfo).port, more);
        const slowPort = await proxies.open('service', await slow.upstream(), more);
        const before = await loadAlone(port);
        const others = startSteadyLoad(port, EVERY_MS);
        const ms = await outlast(proxies, slow, slowPort);
        await others.stop();
        // Before and after: what else the machine does comes and goes.
        const without = Math.max(before, await loadAlone(port));
        const beside = p99(others.latencies);
        t.diagnostic(
          `closed after ${Math.round(ms)} ms; p99 ${without.toFixed(1)} ms, beside them ${beside.toFixed(1)} ms`,
        );
        assert.deepEqual(others.failed, []);
        if (isFull) assert.ok(beside <= Math.max(2 * without, CLOCK_FLOOR_MS), `p99 ${without} → ${beside}`);
        await until('no connection is left', async () => (await proxies.connections()) === 0 || undefined);
      }),
    );
  }
});
