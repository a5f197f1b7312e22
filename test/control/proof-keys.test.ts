import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { proofKeyApi } from '../../control/proof-key-api.ts';
import { ProofKeys } from '../../control/proof-keys.ts';
import { listIssuances } from '../../src/identity/authority/issuance-log.ts';
import { type Bytes, encodeBase64 } from '../../src/identity/bytes.ts';
import { decodePem } from '../../src/identity/pem.ts';
import { generateProofKey } from '../../src/identity/signature/proof-key.ts';
import { formatSpiffeId } from '../../src/identity/spiffe.ts';
import { exportPublicKey, generateKey } from '../../src/identity/x509/p256.ts';
import { MemoryStore } from '../../src/runtime/store/memory.ts';
import { proofKey } from '../../src/snapshot/store-key.ts';
import { RememberedLog } from '../support/control-parts.ts';
import { GATEWAY, SigningPair } from '../support/signed-request.ts';

const HOUR = 3_600_000;
let pair: SigningPair;
let publicKey: Bytes;
before(async () => {
  pair = await SigningPair.create();
  publicKey = await exportPublicKey((await generateProofKey()).publicKey);
});

function scene(store = new MemoryStore()) {
  const written = new Map<string, string>();
  const removed: string[] = [];
  let denied = false;
  const log = new RememberedLog();
  const keys = new ProofKeys({
    authority: pair.authority,
    store,
    mirror: {
      putLater: (entries) => {
        for (const { key, value } of entries) written.set(key, new TextDecoder().decode(value));
      },
      remove: async (gone) => void removed.push(...gone),
    },
    clock: { now: () => pair.time.now },
    log,
    ttlMs: HOUR,
    isDenied: () => denied,
  });
  const deny = (value = true) => {
    denied = value;
  };
  return { keys, store, written, removed, deny, log };
}

test('a registered key is certified for its identity, in the gateway’s store and in the log of issuances', async () => {
  const { keys, store, written } = scene();
  const keyid = await keys.register(publicKey, GATEWAY);
  const chain = decodePem('CERTIFICATE', written.get(proofKey(keyid)) ?? '');
  const { id, leaf } = await pair.trust.verify({ chain, purpose: 'proof', now: pair.time.now });
  assert.deepEqual(id, GATEWAY);
  assert.deepEqual(leaf.publicKey, publicKey);
  const [issuance] = await listIssuances(store, 10);
  assert.deepEqual([issuance?.who, issuance?.what], ['proof', formatSpiffeId(GATEWAY)]);
});

test('a certificate is renewed at half its life, and after a start', async () => {
  const { keys, store, written } = scene();
  const keyid = await keys.register(publicKey, GATEWAY);
  const first = written.get(proofKey(keyid));
  pair.time.now += HOUR / 3;
  await keys.upkeep();
  assert.equal(written.get(proofKey(keyid)), first);
  pair.time.now += HOUR / 3;
  await keys.upkeep();
  assert.notEqual(written.get(proofKey(keyid)), first);
  const next = scene(store);
  await next.keys.upkeep();
  assert.ok(next.written.has(proofKey(keyid)));
});

test('a denied identity, and a key that was removed, get no other certificate', async () => {
  const { keys, written, removed, deny, store } = scene();
  const keyid = await keys.register(publicKey, GATEWAY);
  written.clear();
  deny();
  pair.time.now += HOUR;
  await keys.upkeep();
  assert.equal(written.size, 0);
  await keys.remove(keyid);
  assert.deepEqual(removed, [proofKey(keyid)]);
  assert.deepEqual(await store.list('proof-key/'), []);
});

test('nothing says that a key is certified which is not: a denied identity is refused, and told once', async () => {
  const { keys, store, deny, log } = scene();
  deny();
  await assert.rejects(keys.register(publicKey, GATEWAY), { code: 'svid_denied' });
  assert.deepEqual(await store.list('proof-key/'), []);
  const app = proofKeyApi({ proofKeys: keys, trustDomain: 'cluster.local' });
  const body = JSON.stringify({ publicKey: encodeBase64(publicKey) });
  const headers = { 'content-type': 'application/json' };
  assert.equal((await app.request('/proof-keys', { method: 'POST', headers, body })).status, 403);
  deny(false);
  await keys.register(publicKey, GATEWAY);
  deny();
  pair.time.now += HOUR;
  await keys.upkeep();
  await keys.upkeep();
  assert.deepEqual(log.events, ['info certificate issued', 'warn proof key not certified']);
  deny(false);
  await keys.upkeep();
  assert.equal(log.events.at(-1), 'info certificate issued');
});

test('the API registers keys of Ed25519 for the gateway, and nothing else', async () => {
  const { keys, written } = scene();
  const app = proofKeyApi({ proofKeys: keys, trustDomain: 'cluster.local' });
  const post = (body: unknown) =>
    app.request('/proof-keys', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const answer = await post({ publicKey: encodeBase64(publicKey) });
  const { keyid } = (await answer.json()) as { keyid: string };
  assert.ok(written.has(proofKey(keyid)));
  const other = await exportPublicKey((await generateKey()).publicKey);
  assert.equal((await post({ publicKey: encodeBase64(other) })).status, 400);
  assert.equal((await post({ publicKey: 'not base64' })).status, 400);
  assert.equal((await app.request(`/proof-keys/${keyid}`, { method: 'DELETE' })).status, 204);
});
