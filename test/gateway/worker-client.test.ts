import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import type { Environment } from '../../gateway/environment.ts';
import worker from '../../gateway/worker.ts';
import { encodePem } from '../../src/identity/pem.ts';
import { MemoryStore } from '../../src/runtime/store/memory.ts';
import { publish } from '../../src/snapshot/publish.ts';
import { generateSigningJwk, importSigningKey, publicJwk } from '../../src/snapshot/signing-key.ts';
import { targetName } from '../../src/snapshot/target.ts';
import { signTrustRecord, trustKey } from '../../src/snapshot/trust-record.ts';
import { type GoodMesh, goodId, goodMesh, goodRoot } from '../support/bad-svid/bad-svid.ts';
import { clientAuth, PLACEHOLDER } from '../support/edge-shape.ts';
import { TRUST_DOMAIN } from '../support/identity-mesh.ts';
import {
  buildPolicy,
  buildRoute,
  buildVirtualHost,
  condition,
  exact,
  gatewaySnapshot,
} from '../support/snapshot.ts';

/** Answers every request that the policy lets through. */
const route = buildRoute('here', { kind: 'direct', status: 200, body: 'here' });
const principal = condition('source.principal', [exact(goodId.slice('spiffe://'.length))]);
const snapshot = gatewaySnapshot(
  [buildVirtualHost(['*'], [route])],
  [],
  [buildPolicy('ALLOW', [{ from: [[principal]] }])],
);

async function environmentOf(mesh: GoodMesh): Promise<Environment> {
  const [store, jwk, now] = [new MemoryStore(), await generateSigningJwk(), Date.now()];
  const key = await importSigningKey(jwk);
  const snapshots = [snapshot];
  await publish(
    store,
    { mesh: 'weft', revision: 1, created: now, expires: now + 3_600_000, snapshots, sources: [] },
    key,
  );
  const roots = [encodePem('CERTIFICATE', mesh.root.der)];
  const issuing = '0'.repeat(64);
  const record = { format: 1, trustDomain: TRUST_DOMAIN, sequence: 1, roots, issuing, denied: [] } as const;
  await store.put(trustKey, await signTrustRecord(record, key));
  const get = async (name: string) => (await store.get(name))?.buffer ?? null;
  return {
    WEFT_CONFIG: { get } as unknown as Environment['WEFT_CONFIG'],
    WEFT_TARGET: targetName(snapshot.target),
    WEFT_MESH: 'weft',
    WEFT_SIGNING_KEYS: JSON.stringify({ keys: [publicJwk(jwk)] }),
    WEFT_MINIMUM_REVISION: '1',
    WEFT_POLL_MS: '30000',
    WEFT_EDGE: 'cloudflare',
  };
}

describe('a policy of the gateway Worker for one principal', () => {
  let mesh: GoodMesh;
  let environment: Environment;
  before(async () => {
    mesh = await goodMesh(await goodRoot(Math.floor(Date.now() / 1000) * 1000));
    environment = await environmentOf(mesh);
  });

  const context = { waitUntil: () => undefined, passThroughOnException: () => undefined, props: {} };
  const status = async (tlsClientAuth: unknown, url = 'https://a.example/', edge = 'cloudflare') => {
    const request = Object.assign(new Request(url), { cf: { tlsClientAuth } });
    request.headers.set('host', 'a.example');
    return (await worker.fetch(request, { ...environment, WEFT_EDGE: edge }, context)).status;
  };
  const good = () => clientAuth(mesh.leaf.der, mesh.middle.der);

  test('lets in the client that shows its certificate to the edge', async () => {
    assert.equal(await status(good()), 200);
  });

  test('lets in nobody else', async () => {
    const stranger = await goodMesh(await goodRoot(mesh.root.now));
    const strange = { ...clientAuth(stranger.leaf.der, stranger.middle.der), certVerified: 'SUCCESS' };
    assert.equal(await status(PLACEHOLDER), 403);
    assert.equal(await status({ ...PLACEHOLDER, certPresented: '1', certVerified: 'SUCCESS' }), 403);
    assert.equal(await status(strange), 403);
    assert.equal(await status({ ...good(), certRevoked: '1' }), 403);
    assert.equal(await status(undefined), 403);
  });

  test('believes no `cf` without the edge that writes it, nor one without TLS', async () => {
    assert.equal(await status(good(), 'https://a.example/', 'local'), 403);
    assert.equal(await status(good(), 'http://a.example/'), 403);
  });
});
