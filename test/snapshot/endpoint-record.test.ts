import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EndpointRecord } from '../../src/snapshot/endpoint.ts';
import { signEndpointRecord, verifyEndpointRecord } from '../../src/snapshot/endpoint-record.ts';
import { verifyManifest } from '../../src/snapshot/manifest.ts';
import { newKey, ratings, sampleRecord } from '../support/publication.ts';

test('an endpoint record is read as it was signed', async () => {
  const key = await newKey();
  const bytes = await signEndpointRecord(sampleRecord(3), key);
  assert.deepEqual(await verifyEndpointRecord(bytes, [key], { service: ratings }), sampleRecord(3));
});

test('an endpoint record of another service is refused', async () => {
  const key = await newKey();
  const bytes = await signEndpointRecord(sampleRecord(3, 'other.default.svc.cluster.local'), key);
  await assert.rejects(verifyEndpointRecord(bytes, [key], { service: ratings }), { code: 'E_FORMAT' });
});

test('an endpoint record of another key is refused, and never passes for a manifest', async () => {
  const key = await newKey();
  const bytes = await signEndpointRecord(sampleRecord(3), key);
  await assert.rejects(verifyEndpointRecord(bytes, [await newKey()], { service: ratings }), {
    code: 'E_SIG',
  });
  await assert.rejects(verifyManifest(bytes, [key], { mesh: 'bookinfo' }), { code: 'E_SIG' });
});

test('an endpoint record with a wrong structure is not signed', async () => {
  const key = await newKey();
  const { endpoints } = sampleRecord(1);
  const wrong: readonly Record<string, unknown>[] = [
    { sequence: 0 },
    { service: 1 },
    { endpoints: endpoints.map((endpoint) => ({ ...endpoint, ports: [[9080, 0]] })) },
    { endpoints: endpoints.map((endpoint) => ({ ...endpoint, sans: ['spiffe://evil'] })) },
    { endpoints: Array.from({ length: 10_001 }, () => endpoints[0]) },
  ];
  for (const change of wrong) {
    await assert.rejects(signEndpointRecord({ ...sampleRecord(1), ...change } as EndpointRecord, key), {
      code: 'E_FORMAT',
    });
  }
});
