import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Authority } from '../../src/identity/authority/authority.ts';
import { MemoryStore } from '../../src/runtime/store/memory.ts';
import { StateDirectory } from '../../src/runtime/store/state-directory.ts';
import {
  generateSigningJwk,
  importSigningKey,
  type PublicJwk,
  publicJwk,
  type SigningKey,
} from '../../src/snapshot/signing-key.ts';
import { TrustKeeper } from '../../src/snapshot/trust-keeper.ts';
import { signTrustRecord, trustKey } from '../../src/snapshot/trust-record.ts';
import { RememberedLog } from '../support/control-parts.ts';
import { TRUST_DOMAIN, testAuthority, testSvid } from '../support/identity-mesh.ts';

describe('whom a workload believes', () => {
  let key: SigningKey;
  let jwk: PublicJwk;
  let folder: string;
  let [old, next]: Authority[] = [];

  before(async () => {
    const made = await generateSigningJwk();
    [key, jwk] = [await importSigningKey(made), publicJwk(made)];
    [old, next] = [await testAuthority(), await testAuthority()];
    folder = mkdtempSync(join(tmpdir(), 'weft-trust-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const authorities = (): [Authority, Authority] => {
    if (old === undefined || next === undefined) throw new Error('before');
    return [old, next];
  };
  const askKeys = async () => ({ keys: [jwk] });
  const membership = () => ({
    control: 'http://127.0.0.1:1',
    mesh: 'weft',
    trustDomain: TRUST_DOMAIN,
    rootHash: authorities()[0].rootHash(),
    signingKeys: [key.thumbprint],
    namespace: 'default',
    workload: 'reviews-v1',
    serviceAccount: 'reviews',
  });
  const keeperOf = (state?: StateDirectory, log = new RememberedLog()) =>
    TrustKeeper.restore({ membership: membership(), state, log });
  const stored = async (sequence: number, roots: readonly Authority[], signer = key) => {
    const store = new MemoryStore();
    const record = {
      format: 1,
      trustDomain: TRUST_DOMAIN,
      sequence,
      roots: roots.map((one) => one.bundle()),
      issuing: roots[0]?.rootHash() ?? '',
      denied: [],
    } as const;
    await store.put(trustKey, await signTrustRecord(record, signer));
    return store;
  };

  test('is what the membership pins, until there is a record', async () => {
    const keeper = await keeperOf();
    await keeper.refresh(new MemoryStore(), askKeys);
    assert.equal(keeper.bundle, undefined);
    assert.deepEqual(keeper.membership, membership());
  });

  test('follows the record, and never goes back', async () => {
    const [first, second] = authorities();
    const keeper = await keeperOf();
    let changes = 0;
    keeper.onChange(() => changes++);
    await keeper.refresh(await stored(5, [first, second]), askKeys);
    const [a, b] = [first.rootHash(), second.rootHash()];
    assert.deepEqual(keeper.rootHashes, [a, b]);
    assert.deepEqual(keeper.membership, { ...membership(), rootHash: a, otherRootHashes: [b] });
    for (const sequence of [5, 4]) await keeper.refresh(await stored(sequence, [second]), askKeys);
    assert.deepEqual([keeper.sequence, keeper.issuing, changes], [5, a, 1]);
    await keeper.refresh(await stored(6, [second]), askKeys);
    assert.deepEqual(keeper.membership, { ...membership(), rootHash: b });
    assert.equal(changes, 2);
  });

  test('stays when the record is a stranger’s or cannot be had, and tells it once', async () => {
    const [first] = authorities();
    const log = new RememberedLog();
    const keeper = await keeperOf(undefined, log);
    await keeper.refresh(await stored(5, [first]), askKeys);
    const stranger = await importSigningKey(await generateSigningJwk());
    const forged = await stored(6, [first], stranger);
    for (let i = 0; i < 2; i++) await keeper.refresh(forged, askKeys);
    const away = { get: async () => Promise.reject(new Error('away')) };
    await keeper.refresh(away, askKeys);
    assert.equal(keeper.sequence, 5);
    assert.deepEqual(log.events, ['info trust changed', 'error trust record refused, the last one stands']);
  });

  test('takes no record that is older than the configuration wants, and tells that one is kept from it', async () => {
    const [first, second] = authorities();
    const log = new RememberedLog();
    const keeper = await keeperOf(undefined, log);
    await keeper.refresh(await stored(5, [first]), askKeys, 6);
    assert.equal(keeper.sequence, 0);
    await keeper.refresh(await stored(6, [first]), askKeys, 6);
    await keeper.refresh(await stored(6, [first]), askKeys, 7);
    await keeper.refresh(new MemoryStore(), askKeys, 7);
    assert.equal(keeper.sequence, 6);
    await keeper.refresh(await stored(7, [first, second]), askKeys, 7);
    assert.equal(keeper.sequence, 7);
    const refused = 'error trust record refused, the last one stands';
    assert.deepEqual(log.events, [refused, 'info trust changed', refused, refused, 'info trust changed']);
  });

  test('is found again by the next process without control, if it is still proven', async () => {
    const [first, second] = authorities();
    const state = new StateDirectory(join(folder, 'kept'));
    const keeper = await keeperOf(state);
    await keeper.refresh(await stored(9, [second, first]), askKeys);
    const again = await keeperOf(state);
    assert.deepEqual([again.sequence, again.issuing], [9, second.rootHash()]);
    const log = new RememberedLog();
    state.write('trust.json', (state.read('trust.json') ?? '').replace(/.{4}"\}$/, 'AAAA"}'));
    assert.equal((await keeperOf(state, log)).sequence, 0);
    assert.deepEqual(log.events, ['warn stored trust record not usable']);
  });

  test('tells which root a chain leads to', async () => {
    const [first, second] = authorities();
    const keeper = await keeperOf();
    await keeper.refresh(await stored(5, [first, second]), askKeys);
    for (const authority of [first, second])
      assert.equal(
        await keeper.rootOf((await testSvid(authority, 'reviews')).svid.chainPem),
        authority.rootHash(),
      );
    const stranger = await testAuthority();
    assert.equal(await keeper.rootOf((await testSvid(stranger, 'reviews')).svid.chainPem), undefined);
  });
});
