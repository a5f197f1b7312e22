import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { count, startCountingUpstream } from '../support/counting-upstream.ts';
import { type Faults, startFaultProxy } from '../support/fault-proxy.ts';
import { sized } from '../support/full-runs.ts';
import { type ProxyProcess, RUNTIMES, withProxies } from '../support/proxy-process.ts';
import { RawClient } from '../support/raw-request.ts';

const POSTS = sized(350, 10_000);
const CONCURRENCY = 8;
const BODY = 'a body that is sent once';
/** More than the bytes of three exchanges, each way: cuts sweep over new and reused connections. */
const SPAN = 600;

/** Connection after connection is cut one byte later, in one direction or the other, by FIN or by RST. */
function sweepingCuts(index: number): Faults {
  const after = (index * 7) % SPAN;
  const flow = { after, cut: index % 2 === 0 ? 'rst' : 'fin' } as const;
  return index % 4 < 2 ? { up: flow } : { down: flow };
}

/** Sends POSTs with a target of their own; the status of each, 0 without an answer. */
async function postAll(port: number): Promise<Map<string, number>> {
  const client = new RawClient(port, CONCURRENCY);
  const statuses = new Map<string, number>();
  const headers = [
    ['Host', 'a.example'],
    ['Content-Length', String(BODY.length)],
  ] as const;
  let next = 0;
  const lane = async () => {
    while (next < POSTS) {
      const target = `/post/${String(next++).padStart(6, '0')}`;
      const answer = client.send({ method: 'POST', target, headers, body: BODY });
      statuses.set(target, await answer.then(({ status }) => status).catch(() => 0));
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, lane));
  client.close();
  return statuses;
}

/** No target twice, and none missing that was answered with success. */
function assertSingle(statuses: Map<string, number>, targets: ReadonlyMap<string, number>): void {
  const twice = [...targets].filter(([, times]) => times > 1);
  assert.deepEqual(twice, []);
  const succeeded = [...statuses].filter(([, status]) => status === 200);
  assert.deepEqual(
    succeeded.filter(([target]) => !targets.has(target)),
    [],
  );
  assert.ok(succeeded.length > POSTS / 10, `${succeeded.length} of ${POSTS} succeeded`);
  assert.ok(succeeded.length < POSTS, 'no fault was felt');
}

async function throughFaults(proxies: ProxyProcess, t: TestContext): Promise<void> {
  const upstream = await startCountingUpstream();
  t.after(() => upstream.close());
  // What the proxy sent counts, not only what came through.
  const sent = new Map<string, number>();
  const texts: string[] = [];
  const faulty = await startFaultProxy(upstream.port, sweepingCuts, (bytes, index) => {
    texts[index] = (texts[index] ?? '') + bytes.toString('latin1');
  });
  t.after(() => faulty.close());
  const statuses = await postAll(await proxies.open('plain', faulty.port));
  for (const text of texts) for (const [, target = ''] of text.matchAll(/POST (\S+) /g)) count(sent, target);
  assertSingle(statuses, sent);
  assertSingle(statuses, upstream.targets);
  assert.ok(
    texts.some((text) => text.split('POST ').length > 2),
    'no connection was used again',
  );
}

/** The cuts are between two sidecars: what is cut is mesh TLS. */
async function throughFaultyMesh(proxies: ProxyProcess, t: TestContext): Promise<void> {
  const upstream = await startCountingUpstream();
  t.after(() => upstream.close());
  const service = await proxies.open('service', upstream.port);
  // A handshake takes some thousand bytes; the cuts come after it.
  const script = (index: number): Faults => {
    const { up, down } = sweepingCuts(index);
    return up
      ? { up: { ...up, after: 2500 + (up.after ?? 0) * 3 } }
      : { down: { ...down, after: 2500 + (down?.after ?? 0) * 3 } };
  };
  const faulty = await startFaultProxy(service, script);
  t.after(() => faulty.close());
  const statuses = await postAll(await proxies.open('caller', faulty.port));
  assertSingle(statuses, upstream.targets);
}

describe('no POST is sent twice, wherever its connection is cut', () => {
  for (const runtime of RUNTIMES) {
    test(`before the application, on ${runtime}`, (t) =>
      withProxies(runtime, (proxies) => throughFaults(proxies, t)));
    test(`between two sidecars, on ${runtime}`, (t) =>
      withProxies(runtime, (proxies) => throughFaultyMesh(proxies, t)));
  }
});
