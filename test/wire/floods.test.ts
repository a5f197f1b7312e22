import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { after, before, describe, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { type Dial, FLOODS, type Flood, flood, inPlaintext } from '../support/floods.ts';
import { isFull, sized } from '../support/full-runs.ts';
import { H2_FLOODS } from '../support/h2-floods.ts';
import { MIB, memoryPeak } from '../support/memory-peak.ts';
import type { MeshClient } from '../support/proxy-main.ts';
import { type ProxyProcess, RUNTIMES, type Runtime, withProxies } from '../support/proxy-process.ts';
import { SERVER_NAME } from '../support/socket-mesh.ts';
import { type SteadyLoad, startSteadyH2Load, startSteadyLoad } from '../support/steady-load.ts';
import { until } from '../support/until.ts';

const CONNECTIONS = sized(16, 128);
/** Each carries up to a hundred streams. */
const H2_CONNECTIONS = sized(2, 16);
const IN_MESH_TLS = sized(
  H2_FLOODS.filter(({ name }) => /reset|head/.test(name)),
  H2_FLOODS,
);
const WARM_MS = 1000;
const AFTER_MS = sized(0, 300);
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

/** What is sent, on how many connections, and whether by a peer of the mesh. */
interface Attack {
  readonly floods: readonly Flood[];
  readonly connections: number;
  readonly inMeshTls?: boolean;
}

const ATTACKS: readonly (readonly [protocol: string, attack: Attack])[] = [
  ['HTTP/1.1', { floods: FLOODS, connections: CONNECTIONS }],
  ['HTTP/2', { floods: H2_FLOODS, connections: H2_CONNECTIONS }],
  ['HTTP/2 in mesh TLS', { floods: IN_MESH_TLS, connections: H2_CONNECTIONS, inMeshTls: true }],
];

describe('floods harm nobody', () => {
  for (const runtime of RUNTIMES)
    test(runtime, (t) => (isFull ? sufferApart(t, runtime) : suffer(t, runtime)));
});

/** All in one process. */
async function suffer(t: TestContext, runtime: Runtime): Promise<void> {
  await withProxies(runtime, async (proxies) => {
    for (const [protocol, attack] of ATTACKS)
      await t.test(`${protocol} on ${attack.connections} connections`, async (inner) =>
        assert.deepEqual(await endure(inner, proxies, attack), []),
      );
  });
}

/** Nothing that one flood made grow is there already when the next one comes: each has a process. */
async function sufferApart(t: TestContext, runtime: Runtime): Promise<void> {
  for (const [protocol, { floods, ...attack }] of ATTACKS)
    for (const one of floods)
      await t.test(`${protocol} on ${attack.connections} connections: ${one.name}`, (inner) =>
        withProxies(runtime, async (proxies) =>
          assert.deepEqual(await endure(inner, proxies, { floods: [one], ...attack }), []),
        ),
      );
}

/** Ends when all floods are over; what was wrong. */
async function endure(
  t: TestContext,
  proxies: ProxyProcess,
  { floods, connections, inMeshTls = false }: Attack,
): Promise<string[]> {
  const port = await proxies.open('service', to());
  const dial = inMeshTls ? inMesh(await proxies.meshClient('attacker')) : inPlaintext;
  // Only what is judged by its memory.
  if (isFull) await warmUp(port, floods, dial);
  const problems: string[] = [];
  for (const one of floods) {
    const others = startOthers(port);
    const run = async () => {
      await flood(port, connections, one, dial);
      await Promise.all(others.map((load) => load.stop()));
    };
    const grown = await memoryPeak(proxies, run, AFTER_MS);
    const answers = others.map(({ latencies }) => latencies.length).join(' + ');
    const slowest = Math.max(...others.flatMap(({ latencies }) => latencies));
    const text = `${one.name}: +${(grown / MIB).toFixed(1)} MiB, ${answers} answers to others`;
    t.diagnostic(`${text} within ${Math.round(slowest)} ms`);
    const failed = others.flatMap((load) => load.failed);
    if (failed.length > 0) problems.push(`${one.name}: ${failed.length} failed, ${failed[0]}`);
    if (isFull && grown > ALLOWED) problems.push(`${one.name}: ${grown} bytes more`);
  }
  await until('no connection is left', async () => (await proxies.connections()) === 0 || undefined);
  return problems;
}

/** Ordinary traffic, and one connection of each kind: what the code itself takes is there before it is measured. */
async function warmUp(port: number, floods: readonly Flood[], dial: Dial): Promise<void> {
  const usual = startOthers(port);
  await sleep(WARM_MS);
  for (const one of floods) await flood(port, 1, one, dial);
  await Promise.all(usual.map((load) => load.stop()));
}

function startOthers(port: number): SteadyLoad[] {
  return [startSteadyLoad(port, EVERY_MS), startSteadyH2Load(port, EVERY_MS)];
}

function inMesh({ cert, key, ca }: MeshClient): Dial {
  const options = { cert, key, ca, servername: SERVER_NAME, ALPNProtocols: ['weft', 'h2'] };
  // Who is asked does not matter to a flood.
  return (port) => connectTls({ host: '127.0.0.1', port, ...options, checkServerIdentity: () => undefined });
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
