import assert from 'node:assert/strict';
import { activate } from '../../../src/proxy/activate.ts';
import { EndpointTable } from '../../../src/proxy/forward/endpoint-table.ts';
import type { Outcome } from '../../../src/proxy/forward/outcome.ts';
import { serve } from '../../../src/proxy/serve.ts';
import type { Listening } from '../../../src/runtime/sockets/listener.ts';
import { SOCKET_BODIES } from '../../../src/runtime/sockets/socket-bodies.ts';
import { SocketsTransport } from '../../../src/runtime/sockets/sockets-transport.ts';
import { systemClock, systemRandom } from '../../../src/runtime/system.ts';
import {
  type DyingUpstream,
  dyingUpstream,
  FATES,
  type Fate,
  type FateOf,
} from '../../support/dying-upstream.ts';
import { RawPeer } from '../../support/raw-peer.ts';
import {
  buildCluster,
  buildRoute,
  buildSnapshot,
  buildVirtualHost,
  forwardTo,
} from '../../support/snapshot.ts';
import { openPort, SILENT } from '../../support/socket-mesh.ts';
import type { Case } from './case.ts';

interface Scene {
  readonly upstream: DyingUpstream;
  readonly listening: Listening;
  readonly outcomes: Outcome[];
}

/** A proxy that retries as told, in front of an upstream with these fates. */
async function withSidecar(
  on: readonly string[],
  fateOf: FateOf,
  run: (scene: Scene) => Promise<void>,
): Promise<void> {
  const upstream = await dyingUpstream(fateOf);
  const transport = new SocketsTransport();
  const endpoints = [{ address: '127.0.0.1', port: upstream.port, labels: [], weight: 1 }];
  const cluster = buildCluster('c', { discovery: { kind: 'static', endpoints } });
  const retry = { attempts: 2, on, statuses: [], backoffMs: 1 };
  const virtualHosts = [buildVirtualHost(['*'], [buildRoute('r', forwardTo(['c'], { retry }))])];
  const active = activate(buildSnapshot({ outbound: [{ port: 80, virtualHosts }], clusters: [cluster] }));
  const outcomes: Outcome[] = [];
  const handler = serve({
    active: () => active,
    resolve: async () => false,
    endpoints: new EndpointTable(),
    transport,
    bodies: SOCKET_BODIES,
    clock: systemClock,
    random: systemRandom,
    onOutcome: (outcome) => outcomes.push(outcome),
    debug: false,
    log: SILENT,
  });
  const listening = await openPort(handler, {
    protocol: 'plaintext',
    admit: () => ({ direction: 'outbound', port: 15001, scheme: 'http' }),
  });
  try {
    await run({ upstream, listening, outcomes });
  } finally {
    transport.close();
    await listening.close();
    upstream.close();
  }
}

const DEFAULT_ON = ['connect-failure', 'refused-stream', 'unavailable', 'cancelled'];

/** One request on a connection of its own; the status. */
async function request(
  port: number,
  key: string,
  fate: Fate,
  body: string,
  method = 'POST',
): Promise<string> {
  const client = await RawPeer.connect(port);
  const length = body === '' ? '' : `Content-Length: ${body.length}\r\n`;
  client.write(
    `${method} /${fate} HTTP/1.1\r\nHost: x\r\nX-Key: ${key}\r\n${length}Connection: close\r\n\r\n`,
  );
  // Head and body in packets of their own, so that the upstream can die between them.
  await new Promise((resolve) => setTimeout(resolve, 1));
  for (let at = 0; at < body.length; at += 20_000) client.write(body.slice(at, at + 20_000));
  const answer = await client.untilEnd();
  return answer.slice(9, 12);
}

const fateInPath: FateOf = (path) => FATES.find((fate) => fate === path) ?? 'answer';

export const REPLAY_CASES: readonly Case[] = [
  {
    name: 'no POST arrives twice, whatever becomes of its connection',
    run: () =>
      withSidecar(DEFAULT_ON, fateInPath, async ({ listening, upstream }) => {
        const keys: string[] = [];
        const send = async (i: number) => {
          const fate = FATES[(i * 7) % FATES.length] ?? 'answer';
          const body = ['', 'small', 'x'.repeat(50_000)][i % 3] ?? '';
          const key = `k${i}`;
          keys.push(key);
          const status = await request(listening.port, key, fate, body);
          if (fate === 'answer') assert.ok(['200', '503'].includes(status), `${fate} ${status}`);
          else if (fate.startsWith('die')) assert.equal(status, '503', `${fate} ${body.length}`);
        };
        for (let i = 0; i < 300; i += 4) await Promise.all([0, 1, 2, 3].map((more) => send(i + more)));
        for (const key of keys) {
          assert.ok(
            (upstream.arrivals.get(key) ?? 0) <= 1,
            `${key} arrived ${upstream.arrivals.get(key)} times`,
          );
        }
        assert.ok(upstream.arrivals.size > 250);
      }),
  },
  {
    name: 'a POST is sent again, whole, where the operator says so',
    run: () =>
      withSidecar(
        ['reset'],
        (path, arrival) => (arrival === 1 ? fateInPath(path, 1) : 'answer'),
        async ({ listening, upstream, outcomes }) => {
          const fates = ['die-at-head', 'die-in-body', 'die-before-answer', 'die-in-answer'] as const;
          for (const fate of fates) {
            const body = `${fate} ${'0123456789'.repeat(6_000)}`;
            assert.equal(await request(listening.port, fate, fate, body), '200', fate);
            assert.equal(upstream.bodies.get(fate), body);
            assert.equal(upstream.arrivals.get(fate), 2);
            assert.equal(outcomes.at(-1)?.retryAbandoned, false);
          }
        },
      ),
  },
  {
    name: 'a body that has outgrown the replay buffer is sent once, and that is counted',
    run: () =>
      withSidecar(['reset'], fateInPath, async ({ listening, upstream, outcomes }) => {
        const body = 'x'.repeat(200_000);
        assert.equal(await request(listening.port, 'large', 'die-before-answer', body), '503');
        assert.equal(upstream.arrivals.get('large'), 1);
        assert.equal(outcomes.at(-1)?.retryAbandoned, true);
        assert.equal(await request(listening.port, 'fine', 'answer', body), '200');
        assert.equal(upstream.bodies.get('fine'), body);
        assert.equal(outcomes.at(-1)?.retryAbandoned, false);
      }),
  },
  {
    name: 'a GET on a connection that died while it lay idle is sent once more',
    run: () =>
      withSidecar(
        [],
        (path, arrival) => (path === 'flaky' && arrival === 1 ? 'die-at-head' : 'answer'),
        async ({ listening, upstream }) => {
          const get = (key: string, path: string) => request(listening.port, key, path as Fate, '', 'GET');
          assert.equal(await get('warm', 'answer'), '200');
          assert.equal(upstream.peers.length, 1);
          assert.equal(await get('again', 'flaky'), '200');
          assert.deepEqual([upstream.arrivals.get('again'), upstream.peers.length], [2, 2]);
        },
      ),
  },
];
