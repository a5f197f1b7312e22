import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { type Believed, ClientTrust } from '../../gateway/client-trust.ts';
import { encodePem } from '../../src/identity/pem.ts';
import { formatSpiffeId } from '../../src/identity/spiffe.ts';
import { MemoryStore } from '../../src/runtime/store/memory.ts';
import { generateSigningJwk, importSigningKey, type SigningKey } from '../../src/snapshot/signing-key.ts';
import { signTrustRecord, type TrustRecord, trustKey } from '../../src/snapshot/trust-record.ts';
import { type GoodMesh, goodId, goodMesh, goodRoot } from '../support/bad-svid/bad-svid.ts';
import { badSvids } from '../support/bad-svid/bad-svids.ts';
import { RememberedLog } from '../support/control-parts.ts';
import { clientAuth } from '../support/edge-shape.ts';
import { NOON, TRUST_DOMAIN } from '../support/identity-mesh.ts';
import { leafExtensions, type TestCertificate, testCertificate } from '../support/test-certificate.ts';

const POLL_MS = 30_000;
const believed: Believed = { trustDomain: TRUST_DOMAIN };
const pem = ({ der }: TestCertificate) => encodePem('CERTIFICATE', der);

describe('a client at the edge', () => {
  let mesh: GoodMesh;
  let key: SigningKey;
  before(async () => {
    mesh = await goodMesh();
    key = await importSigningKey(await generateSigningJwk());
  });

  const record = (more: Partial<TrustRecord> = {}): TrustRecord => ({
    format: 1,
    trustDomain: TRUST_DOMAIN,
    sequence: 1,
    roots: [pem(mesh.root)],
    issuing: '0'.repeat(64),
    denied: [],
    ...more,
  });

  /** A gateway whose store holds that record. */
  async function gateway(held?: TrustRecord, by = key) {
    const [store, time, log] = [new MemoryStore(), { now: NOON }, new RememberedLog()];
    const publish = async (next: TrustRecord, signer = key) => {
      await store.put(trustKey, await signTrustRecord(next, signer));
      time.now += POLL_MS;
    };
    if (held !== undefined) await publish(held, by);
    const clock = { now: () => time.now };
    const wanted = { sequence: 0 };
    const least = () => wanted.sequence;
    return {
      clients: new ClientTrust({ store, keys: [key], least, pollMs: POLL_MS, clock, log }),
      wanted,
      publish,
      time,
      log,
    };
  }

  const shown = (...chain: readonly TestCertificate[]) => clientAuth(...chain.map(({ der }) => der));
  const good = () => shown(mesh.leaf, mesh.middle);

  test('is the workload that its certificate names, though the edge could not verify it', async () => {
    const { clients } = await gateway(record());
    const peer = await clients.peer(good(), believed);
    assert.equal(peer && formatSpiffeId(peer.id), goodId);
    assert.match(peer?.certificateHash ?? '', /^[0-9a-f]{64}$/);
    assert.equal(await clients.peer(good(), believed), peer);
    const again = await clients.peer(shown(mesh.leaf, mesh.middle, mesh.root), believed);
    assert.equal(again, peer);
  });

  test('is nobody by the word of the edge alone', async () => {
    const { clients } = await gateway(record());
    const stranger = await goodMesh();
    const verified = { ...shown(stranger.leaf, stranger.middle), certVerified: 'SUCCESS' };
    assert.equal(await clients.peer(verified, believed), undefined);
  });

  test('is nobody with any of the bad SVIDs, even one that the edge verified', async () => {
    const { clients, time } = await gateway(record());
    time.now = NOON;
    const wrong: string[] = [];
    for (const { what, make, unseen } of badSvids) {
      const verified = { ...shown(...(await make(mesh))), certVerified: 'SUCCESS' };
      if (unseen !== 'never' && (await clients.peer(verified, believed))) wrong.push(what);
    }
    assert.deepEqual(wrong, []);
  });

  test('is nobody before there are roots, and somebody as soon as there are', async () => {
    const { clients, publish, log } = await gateway();
    assert.equal(await clients.peer(good(), believed), undefined);
    await publish(record(), await importSigningKey(await generateSigningJwk()));
    assert.equal(await clients.peer(good(), believed), undefined);
    assert.deepEqual(log.events, ['warn trust record not usable']);
    await publish(record());
    assert.notEqual(await clients.peer(good(), believed), undefined);
    assert.equal(await clients.peer(good(), undefined), undefined);
    assert.equal(await clients.peer(good(), { trustDomain: 'other' }), undefined);
  });

  test('is nobody once its root is gone, or it is denied, or its time is over', async () => {
    const { clients, publish, time } = await gateway(record());
    const stranger = await goodRoot();
    assert.notEqual(await clients.peer(good(), believed), undefined);
    await publish(record({ sequence: 2, denied: [{ kind: 'id', value: goodId }] }));
    assert.equal(await clients.peer(good(), believed), undefined);
    await publish(record({ sequence: 3 }));
    assert.notEqual(await clients.peer(good(), believed), undefined);
    await publish(record({ sequence: 4, roots: [pem(stranger)] }));
    assert.equal(await clients.peer(good(), believed), undefined);
    await publish(record({ sequence: 2 }));
    assert.equal(await clients.peer(good(), believed), undefined, 'an earlier record comes back');
    await publish(record({ sequence: 5 }));
    assert.notEqual(await clients.peer(good(), believed), undefined);
    time.now += 3_600_000;
    assert.equal(await clients.peer(good(), believed), undefined);
  });

  test('is nobody by a record that is older than the configuration wants', async () => {
    const cold = await gateway(record({ sequence: 4 }));
    cold.wanted.sequence = 5;
    assert.equal(await cold.clients.peer(good(), believed), undefined);
    assert.deepEqual(cold.log.events, ['warn trust record not usable']);
    await cold.publish(record({ sequence: 5 }));
    assert.notEqual(await cold.clients.peer(good(), believed), undefined);
  });

  test('is somebody for two minutes more by a record that is kept from the gateway', async () => {
    const { clients, wanted, time, log } = await gateway(record({ sequence: 4 }));
    assert.notEqual(await clients.peer(good(), believed), undefined);
    wanted.sequence = 5;
    assert.notEqual(await clients.peer(good(), believed), undefined);
    time.now += 120_000;
    assert.notEqual(await clients.peer(good(), believed), undefined);
    time.now += 1;
    assert.equal(await clients.peer(good(), believed), undefined);
    assert.ok(log.events.includes('error trust record outdated'));
    wanted.sequence = 4;
    assert.notEqual(await clients.peer(good(), believed), undefined);
  });

  test('of a federated trust domain is judged by the roots of that', async () => {
    const { clients } = await gateway(record());
    const partner = await goodRoot();
    const { middle } = await goodMesh(partner);
    const of = async (id: string) =>
      shown(await testCertificate({ issuer: middle, extensions: leafExtensions(id) }), middle);
    const both = { ...believed, federated: [{ trustDomain: 'partner', rootsPem: pem(partner) }] };
    const theirs = await of('spiffe://partner/ns/a/sa/b');
    assert.equal(await clients.peer(theirs, believed), undefined);
    assert.equal((await clients.peer(theirs, both))?.id.trustDomain, 'partner');
    assert.equal(await clients.peer(await of(goodId), both), undefined);
    assert.equal(await clients.peer(theirs, believed), undefined);
  });
});
