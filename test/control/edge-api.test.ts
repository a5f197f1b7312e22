import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Hono } from 'hono';
import type { WorkloadEnvironment } from '../../control/admission.ts';
import { addEdgeCertificates, edgeHost } from '../../control/edge-api.ts';
import { NO_LIMITS } from '../../src/identity/attest/attestor-limits.ts';
import { LifeCaps } from '../../src/identity/attest/life-caps.ts';
import { RenewalAttestor } from '../../src/identity/attest/renewal-attestor.ts';
import { listIssuances } from '../../src/identity/authority/issuance-log.ts';
import { decodePem } from '../../src/identity/pem.ts';
import { formatSpiffeId, type SpiffeId, workloadId } from '../../src/identity/spiffe.ts';
import { certificateNames } from '../../src/identity/x509/certificate-names.ts';
import { createCsr } from '../../src/identity/x509/csr.ts';
import { generateKey } from '../../src/identity/x509/p256.ts';
import { askEdgeCertificate, EDGE_PATH } from '../../src/runtime/control/edge-certificate.ts';
import { MemoryStore } from '../../src/runtime/store/memory.ts';
import { RememberedLog } from '../support/control-parts.ts';
import { SigningPair } from '../support/signed-request.ts';

const REVIEWS = workloadId('cluster.local', 'default', 'reviews');
const SERIAL = '0a';
let pair: SigningPair;
before(async () => {
  pair = await SigningPair.create();
});

/** Control's API to a workload that has proven `id`. */
function scene(edgeDomain?: string, id: SpiffeId = REVIEWS) {
  const [app, store] = [new Hono<WorkloadEnvironment>(), new MemoryStore()];
  app.use(async (context, next) => {
    context.set('id', id);
    context.set('svid', { id, serial: SERIAL });
    await next();
  });
  const { authority } = pair;
  const clock = { now: () => pair.time.now };
  const attestors = { renewal: new RenewalAttestor(NO_LIMITS) };
  const common = { authority, attestors, store, clock, log: new RememberedLog() };
  addEdgeCertificates(app, { ...common, svidTtlMs: 60_000, edgeDomain });
  const callJson = async ({ path, body }: { path: string; body?: unknown }) => {
    const headers = { 'content-type': 'application/json' };
    const answer = await app.request(path, { method: 'POST', headers, body: JSON.stringify(body) });
    if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  return { ask: () => askEdgeCertificate({ callJson }), store, callJson };
}

test('a workload gets a server certificate for the name that its identity has, and it is no SVID', async () => {
  const { ask, store } = scene('edge.example.com');
  const { host, chainPem, keyPem, notAfter } = await ask();
  assert.equal(host, 'reviews.default.edge.example.com');
  assert.match(keyPem, /PRIVATE KEY/);
  assert.equal(notAfter, pair.time.now + 60_000);
  const chain = decodePem('CERTIFICATE', chainPem);
  assert.deepEqual(certificateNames(chain[0] ?? new Uint8Array()), [host]);
  for (const purpose of ['client', 'server', 'proof'] as const)
    await assert.rejects(pair.trust.verify({ chain, purpose, now: pair.time.now }), { code: 'svid_names' });
  const [issuance] = await listIssuances(store, 10);
  assert.deepEqual([issuance?.who, issuance?.what], ['edge', formatSpiffeId(REVIEWS)]);
});

test('an edge certificate ends no later than what first attested the workload allows', async () => {
  const { ask, store } = scene();
  await new LifeCaps(store).keep(SERIAL, 10_000, pair.time.now + 10_000);
  assert.equal((await ask()).notAfter, pair.time.now + 10_000);
});

test('on one machine every edge is localhost', async () => {
  assert.equal((await scene().ask()).host, 'localhost');
});

test('an identity that is no workload of a namespace has no edge', async () => {
  assert.equal(edgeHost({ trustDomain: 'cluster.local', path: '/other' }, undefined), undefined);
  await assert.rejects(
    scene(undefined, { trustDomain: 'cluster.local', path: '/other' }).ask(),
    /^Error: 403/,
  );
});

test('an answer with the certificate of another key is refused', async () => {
  const { callJson } = scene();
  const stolen = await callJson({ path: EDGE_PATH, body: { csr: await createCsr(await generateKey()) } });
  await assert.rejects(askEdgeCertificate({ callJson: async () => stolen }), { code: 'join_key' });
});
