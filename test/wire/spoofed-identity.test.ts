import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compile } from '../../src/config/compile/compile.ts';
import { defaultMeshSettings } from '../../src/config/compile/mesh-settings.ts';
import { ingressGateway } from '../../src/config/compile/targets.ts';
import { everythingUpstream } from '../support/everything-upstream.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { resourcesOf } from '../support/parsed.ts';
import { RUNTIMES } from '../support/proxy-process.ts';
import { RawClient } from '../support/raw-request.ts';
import { meshPublication } from '../support/running-gateway.ts';
import { sharedGateway, withSharedProxies } from '../support/shared-processes.ts';
import {
  claimsToGateway,
  claimsToSidecar,
  ForgeryUpstream,
  sendClaims,
  spellings,
} from '../support/spoofed-headers.ts';
import { until } from '../support/until.ts';

describe('what a client says of its own identity', () => {
  test('is at least 40 claims in 4 spellings', () => {
    assert.ok(new Set(claimsToGateway).size >= 40);
    assert.equal(spellings.length, 4);
  });

  for (const runtime of RUNTIMES) {
    test(`does not get through a sidecar under ${runtime} that does not know it`, async () => {
      const upstream = new ForgeryUpstream();
      const port = await upstream.open();
      await withSharedProxies(runtime, async (proxies) => {
        const client = new RawClient(await proxies.open('service', port));
        const refused = await sendClaims(client, 'reviews', claimsToSidecar);
        client.close();
        assert.deepEqual(refused, []);
      });
      upstream.close();
      assert.equal(upstream.requests, claimsToSidecar.length * spellings.length);
      assert.deepEqual(upstream.forged, []);
    });
  }

  for (const runtime of ['deno', 'bun'] as const) {
    test(`does not get through the self-hosted gateway under ${runtime}`, async () => {
      const upstream = new ForgeryUpstream();
      const resources = resourcesOf(everythingUpstream(await upstream.open()));
      const gateway = new GatewayProcess(runtime);
      try {
        const { snapshot } = compile(resources, ingressGateway, defaultMeshSettings);
        const client = new RawClient((await gateway.run(snapshot)).get(80) ?? 0);
        const refused = await sendClaims(client, 'shop.example', claimsToGateway);
        client.close();
        assert.deepEqual(refused, []);
        assert.equal(upstream.requests, claimsToGateway.length * spellings.length);
        assert.deepEqual(upstream.forged, []);
      } finally {
        gateway.close();
        upstream.close();
      }
    });
  }

  test('does not get through the gateway in workerd', async () => {
    const upstream = new ForgeryUpstream();
    const port = await upstream.open();
    const gateway = await sharedGateway();
    try {
      await gateway.run(meshPublication(everythingUpstream(port), 1).snapshots);
      await until('the gateway has its configuration', async () => {
        const { status } = await gateway.client.send({
          method: 'GET',
          target: '/',
          headers: [['host', 'a.b']],
        });
        return status === 200 ? true : undefined;
      });
      upstream.requests = 0;
      const refused = await sendClaims(gateway.client, 'shop.example', claimsToGateway);
      assert.deepEqual(refused, []);
      assert.equal(upstream.requests, claimsToGateway.length * spellings.length);
      assert.deepEqual(upstream.forged, []);
    } finally {
      upstream.close();
    }
  });
});
