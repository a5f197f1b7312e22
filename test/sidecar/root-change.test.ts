import assert from 'node:assert/strict';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { serve } from '@hono/node-server';
import type { Authority } from '../../src/identity/authority/authority.ts';
import { newMaterial } from '../../src/identity/authority/new-material.ts';
import { WorkloadIdentity } from '../../src/runtime/control/workload-identity.ts';
import { MemoryStore } from '../../src/runtime/store/memory.ts';
import { systemRandom as random } from '../../src/runtime/system.ts';
import { generateSigningJwk, importSigningKey, publicJwk } from '../../src/snapshot/signing-key.ts';
import { TrustKeeper } from '../../src/snapshot/trust-keeper.ts';
import { signTrustRecord, trustKey } from '../../src/snapshot/trust-record.ts';
import { Attestor } from '../support/attestor.ts';
import { RememberedLog } from '../support/control-parts.ts';
import { TRUST_DOMAIN, testAuthority } from '../support/identity-mesh.ts';
import { until } from '../support/until.ts';

const DAY = 86_400_000;

test('a workload renews soon after another root has begun to issue, and believes both meanwhile', async () => {
  const mesh = await meshOf(await testAuthority());
  const { identity, authority, clock } = mesh;
  const stop = new AbortController();
  const kept = identity.keepFresh(stop.signal);
  const [old, first] = [authority.rootHash(), identity.svids.current()];
  const oldRoot = authority.root();
  await mesh.tell([oldRoot], old);
  await until('its root is known', () => identity.issuedBy === old || undefined);

  const next = await newMaterial(TRUST_DOMAIN, { clock, random });
  let presented = 0;
  identity.svids.onChange(() => presented++);
  await mesh.tell([oldRoot, next.rootsPem], old);
  assert.equal(presented, 1, 'listeners hear of the roots');
  assert.equal(identity.bundle.rootsPem, oldRoot + next.rootsPem);
  assert.equal(identity.svids.current(), first);

  await authority.adopt({ ...next, rootsPem: next.rootsPem + oldRoot });
  await mesh.tell([next.rootsPem, oldRoot], authority.rootHash());
  await until(
    'it knows',
    () => mesh.log.events.includes('info another root issues, the certificate is renewed') || undefined,
  );
  assert.ok((clock.sleeps.at(-1) ?? DAY) <= 30_000, 'within 30 s, a life of 24 h notwithstanding');
  await clock.pass(30_000);
  await until('it has another', () => identity.issuedBy === authority.rootHash() || undefined);
  assert.notEqual(identity.svids.current(), first);
  assert.ok((clock.sleeps.at(-1) ?? 0) > DAY / 3, 'and then waits for half of its life');
  stop.abort();
  await kept;
  mesh.close();
});

test('a workload refuses roots that neither its membership nor a record names', async () => {
  const mesh = await meshOf(await testAuthority());
  const { identity, authority, clock } = mesh;
  const first = identity.svids.current();
  const stranger = await newMaterial(TRUST_DOMAIN, { clock, random });
  const oldRoot = authority.root();
  await authority.adopt({ ...stranger, rootsPem: stranger.rootsPem + oldRoot });
  const stop = new AbortController();
  const kept = identity.keepFresh(stop.signal);
  await clock.pass(DAY * 0.6);
  await until('it has tried', () => mesh.log.events.includes('warn renewal failed') || undefined);
  assert.equal(identity.svids.current(), first);
  stop.abort();
  await kept;
  mesh.close();
});

/** Control's workload API on a real port, a workload that joined through it, and who tells it of roots. */
async function meshOf(authority: Authority) {
  const attestor = new Attestor(authority, { mesh: 'weft', svidTtlMs: DAY });
  const { clock, tokens } = attestor;
  const { fetch } = await attestor.app;
  const server = await new Promise<Server>((resolve) => {
    const opened = serve({ fetch, hostname: '127.0.0.1', port: 0 }, () => resolve(opened as Server));
  });
  // A test that fails must not keep the process alive.
  server.unref();
  const jwk = await generateSigningJwk();
  const key = await importSigningKey(jwk);
  const grant = { namespace: 'default', workload: 'a-v1', serviceAccount: 'a' };
  const membership = {
    control: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    mesh: 'weft',
    trustDomain: TRUST_DOMAIN,
    rootHash: authority.rootHash(),
    signingKeys: [key.thumbprint],
    ...grant,
  };
  const log = new RememberedLog();
  const trust = await TrustKeeper.restore({ membership, log });
  const { token } = await tokens.mint(grant);
  const identity = await WorkloadIdentity.join(
    { ...membership, token },
    { clock, random: { ...random, unit: () => 0.5 }, log, trust },
  );
  let sequence = 0;
  const tell = async (roots: readonly string[], issuing: string) => {
    const store = new MemoryStore();
    const record = {
      format: 1,
      trustDomain: TRUST_DOMAIN,
      sequence: ++sequence,
      roots,
      issuing,
      denied: [],
    } as const;
    await store.put(trustKey, await signTrustRecord(record, key));
    await trust.refresh(store, async () => ({ keys: [publicJwk(jwk)] }));
  };
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { authority, clock, identity, log, tell, close };
}
