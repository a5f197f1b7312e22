import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { describe, test } from 'node:test';
import { serve } from '@hono/node-server';
import { Authority } from '../../src/identity/authority/authority.ts';
import { ControlRefused } from '../../src/runtime/control/control-connection.ts';
import { ControlStore } from '../../src/runtime/control/control-store.ts';
import { IdentityLost, WorkloadIdentity } from '../../src/runtime/control/workload-identity.ts';
import { StateDirectory } from '../../src/runtime/store/state-directory.ts';
import { systemRandom as random } from '../../src/runtime/system.ts';
import { Attestor } from '../support/attestor.ts';
import { RememberedLog } from '../support/control-parts.ts';
import { NOON } from '../support/identity-mesh.ts';
import { until } from '../support/until.ts';

/** Control's workload API on a real port, and a workload that joined through it, at the time of one clock. */
async function joined(svidTtlMs: number, state?: StateDirectory) {
  let now = () => NOON;
  const clocked = { clock: { now: () => now() }, random };
  const authority = await Authority.create({ trustDomain: 'cluster.local', ...clocked });
  const attestor = new Attestor(authority, { mesh: 'weft', svidTtlMs });
  now = () => attestor.clock.now();
  const { clock, store, tokens } = attestor;
  const app = await attestor.app;
  const server = await new Promise<Server>((resolve) => {
    const opened = serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }, () =>
      resolve(opened as Server),
    );
  });
  const grant = { namespace: 'default', workload: 'a-v1', serviceAccount: 'a' };
  const { token } = await tokens.mint(grant);
  const { port } = server.address() as AddressInfo;
  const terms = {
    control: `http://127.0.0.1:${port}`,
    mesh: 'weft',
    trustDomain: 'cluster.local',
    signingKeys: [],
  };
  const join = { ...terms, rootHash: authority.rootHash(), token, ...grant };
  const own = new RememberedLog();
  const identity = await WorkloadIdentity.join(join, {
    clock,
    random: { ...random, unit: () => 0.5 },
    log: own,
    state,
  });
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  // A test that fails must not keep the process alive.
  server.unref();
  return { attestor, clock, store, identity, join, log: own, close };
}

describe('a workload’s SVID', () => {
  test('of a short life is renewed at half of the time that is left, although leaves are back-dated', async () => {
    for (const ttl of [10_000, 60_000, 121_000, 3_600_000]) {
      const { clock, identity, close } = await joined(ttl);
      const stop = new AbortController();
      const kept = identity.keepFresh(stop.signal);
      const first = identity.svids.current();
      const pause = clock.sleeps.at(-1) ?? 0;
      assert.ok(Math.abs(pause - ttl / 2) <= 1000, `${ttl}: ${pause}`);
      await clock.pass(pause + 1);
      await until('a renewal', () => identity.svids.current() !== first || undefined);
      stop.abort();
      await kept;
      close();
    }
  });

  test('that has expired and is refused ends in IdentityLost, loudly', async () => {
    const { attestor, clock, identity, log, close } = await joined(10_000);
    attestor.deny('spiffe://cluster.local/ns/default/sa/a');
    const kept = identity.keepFresh(new AbortController().signal);
    await clock.pass(600_000);
    await assert.rejects(kept, IdentityLost);
    assert.ok(log.events.includes('error certificate expired and not renewed'));
    close();
  });

  test('that has expired comes back by its own key, and gets another with the next renewal', async () => {
    const { clock, identity, close } = await joined(10_000);
    const stop = new AbortController();
    const kept = identity.keepFresh(stop.signal);
    const first = identity.svids.current();
    await clock.pass(600_000);
    const second = await until('a new SVID', () => {
      const svid = identity.svids.current();
      return svid !== first && identity.valid ? svid : undefined;
    });
    assert.equal(second.keyPem, first?.keyPem);
    await clock.pass(5001);
    const third = await until('a renewal', () => {
      const svid = identity.svids.current();
      return svid !== second ? svid : undefined;
    });
    assert.notEqual(third?.keyPem, first?.keyPem);
    stop.abort();
    await kept;
    close();
  });

  test('that an earlier process kept and that is over is taken back within 7 days, then no more', async () => {
    const folder = mkdtempSync(joinPath(tmpdir(), 'weft-identity-'));
    const state = new StateDirectory(folder);
    const { clock, join, close } = await joined(10_000, state);
    const parts = { clock, random, log: new RememberedLog(), state, membership: join };
    const day = 86_400_000;
    assert.equal(await WorkloadIdentity.reAttest(parts), undefined);
    const text = state.read('identity.json') ?? '';
    clock.time += 6 * day;
    assert.ok((await WorkloadIdentity.reAttest(parts))?.valid);
    state.write('identity.json', text);
    clock.time += 2 * day;
    await assert.rejects(WorkloadIdentity.reAttest(parts), ControlRefused);
    rmSync(folder, { recursive: true });
    close();
  });

  test('that has expired while control is away is tried again, with an error event each time', async () => {
    const { clock, identity, log, close } = await joined(10_000);
    close();
    const stop = new AbortController();
    const kept = identity.keepFresh(stop.signal);
    const errors = () => log.events.filter((event) => event.startsWith('error')).length;
    await clock.pass(600_000);
    await until('the error', () => errors() === 1 || undefined);
    await clock.pass(5000);
    await until('the next error', () => errors() === 2 || undefined);
    stop.abort();
    await kept;
  });

  test('that expires is told once, and proves nothing any more', async () => {
    const { clock, identity, close } = await joined(60_000);
    close();
    let told = 0;
    identity.onExpired(() => told++);
    const stop = new AbortController();
    const kept = identity.keepFresh(stop.signal);
    assert.equal(identity.valid, true);
    await clock.pass(600_000);
    await until('the news', () => told === 1 || undefined);
    assert.equal(identity.valid, false);
    await clock.pass(5000);
    await clock.pass(5000);
    assert.equal(told, 1);
    stop.abort();
    await kept;
  });

  test('is kept for the next process, which needs neither control nor a token', async () => {
    const state = new StateDirectory(mkdtempSync(joinPath(tmpdir(), 'weft-identity-')));
    const { clock, identity, join, log, close } = await joined(60_000, state);
    close();
    const parts = { membership: join, clock, random, log, state };
    const again = await WorkloadIdentity.restore(parts);
    assert.deepEqual(again?.svids.current(), identity.svids.current());
    assert.deepEqual(again?.bundle, identity.bundle);
    const other = { ...join, serviceAccount: 'b' };
    assert.equal(await WorkloadIdentity.restore({ ...parts, membership: other }), undefined);
    await clock.pass(120_000);
    assert.equal(await WorkloadIdentity.restore(parts), undefined);
    const refused = log.events.filter((event) => event === 'warn stored certificate not usable');
    assert.equal(refused.length, 2);
    rmSync(state.path, { recursive: true });
  });

  test('names the one who may read the store, and nothing else of it', async () => {
    const { store, identity, close } = await joined(3_600_000);
    await store.put('resource/x', new Uint8Array([1]));
    await store.put('pointer', new Uint8Array([2]));
    const read = (key: string) => identity.control.call({ method: 'GET', path: `/v1/store/${key}` });
    assert.deepEqual(await read('pointer'), new Uint8Array([2]));
    assert.equal(await read('resource/x'), undefined);
    const anonymous = identity.control.call({ method: 'GET', path: '/v1/store/pointer', proof: 'none' });
    await assert.rejects(anonymous, ControlRefused);
    close();
  });
});

test('a watch hears of pointers and endpoints, not of tokens, issuances and documents', async () => {
  const { clock, store, identity, log, close } = await joined(3_600_000);
  const control = new ControlStore(identity.control, clock, random, log);
  let heard = 0;
  const stop = control.watch(() => heard++);
  await until('the watch', () => control.watching || undefined);
  assert.equal(heard, 1, 'what came before it listened must be read');
  for (const key of ['join/x', 'issued/y', 'resource/z', 'blob/1', 'manifest/1'])
    await store.put(key, new Uint8Array([1]));
  await store.put('pointer', new Uint8Array([1]));
  await store.put('endpoints/a.default.svc.cluster.local', new Uint8Array([1]));
  await until('the notices', () => heard >= 3 || undefined);
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(heard, 3);
  stop();
  await until('its end', () => !control.watching || undefined);
  close();
});
