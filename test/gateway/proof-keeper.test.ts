import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { ProofKeeper } from '../../gateway/proof-keeper.ts';
import { type Bytes, encodeBase64 } from '../../src/identity/bytes.ts';
import { generateProofKey, keyIdOf } from '../../src/identity/signature/proof-key.ts';
import { exportPrivateKey, exportPublicKey } from '../../src/identity/x509/p256.ts';
import { MemoryStore } from '../../src/runtime/store/memory.ts';
import { proofKey } from '../../src/snapshot/store-key.ts';
import { RememberedLog } from '../support/control-parts.ts';
import { GATEWAY, SigningPair } from '../support/signed-request.ts';

let pair: SigningPair;
before(async () => {
  pair = await SigningPair.create();
});

async function scene() {
  const { privateKey, publicKey } = await generateProofKey();
  const spki = await exportPublicKey(publicKey);
  const secret = encodeBase64(await exportPrivateKey(privateKey));
  const [store, log, keyid] = [new MemoryStore(), new RememberedLog(), await keyIdOf(spki)];
  const clock = { now: () => pair.time.now };
  const keeper = new ProofKeeper(store, secret, clock, log);
  const certify = async (key: Bytes = spki, ttlMs = 60_000) => {
    const { chainPem } = await pair.authority.issueSpecial(key, { kind: 'proof', id: GATEWAY }, ttlMs);
    await store.put(proofKey(keyid), new TextEncoder().encode(chainPem));
  };
  return { keeper, certify, store, log, keyid, clock };
}

/** Asked anew every time. */
const currentOf = (keeper: ProofKeeper) => keeper.current;

test('a gateway signs with its key once the store has a certificate of it', async () => {
  const { keeper, certify, keyid, log } = await scene();
  await keeper.refresh();
  assert.equal(currentOf(keeper), undefined);
  await certify();
  await keeper.refresh();
  const key = currentOf(keeper) ?? assert.fail('no key');
  assert.equal(key.keyid, keyid);
  assert.equal(await pair.verdict(await pair.signed(undefined, key)), 'verified');
  assert.deepEqual(log.events, []);
});

test('a newer certificate takes the place of the last, which serves until it ends', async () => {
  const { keeper, certify, store, keyid } = await scene();
  await certify();
  await keeper.refresh();
  const first = keeper.current;
  await certify();
  await keeper.refresh();
  assert.notEqual(keeper.current?.chainText, first?.chainText);
  await store.delete(proofKey(keyid));
  await keeper.refresh();
  assert.notEqual(keeper.current, undefined);
  pair.time.now += 61_000;
  assert.equal(keeper.current, undefined);
});

test('a certificate that is over and not renewed is told once, and the next one serves', async () => {
  const { keeper, certify, log } = await scene();
  await certify();
  await keeper.refresh();
  pair.time.now += 61_000;
  await keeper.refresh();
  await keeper.refresh();
  assert.deepEqual(log.events, ['error the certificate to sign requests with has expired']);
  await certify();
  await keeper.refresh();
  assert.notEqual(currentOf(keeper), undefined);
  assert.equal(log.events.length, 1);
});

test('what the store says of another key, or what is no certificate, changes nothing', async () => {
  const { keeper, certify, store, keyid, log } = await scene();
  await certify();
  await keeper.refresh();
  const key = keeper.current;
  await certify(await exportPublicKey((await generateProofKey()).publicKey));
  await keeper.refresh();
  await store.put(proofKey(keyid), new TextEncoder().encode('nonsense'));
  await keeper.refresh();
  assert.equal(keeper.current, key);
  assert.equal(log.events.length, 2);
});

test('a secret that is no key is told in the log, and nothing is signed', async () => {
  const { store, clock } = await scene();
  const log = new RememberedLog();
  const keeper = new ProofKeeper(store, 'bm8ga2V5', clock, log);
  await keeper.refresh();
  assert.equal(keeper.current, undefined);
  assert.deepEqual(log.events, ['warn no certificate to sign requests with']);
});
