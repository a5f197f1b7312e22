import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { RUNTIMES, withProxies } from '../support/proxy-process.ts';
import { RawClient } from '../support/raw-request.ts';
import { RunningGateway } from '../support/running-gateway.ts';
import {
  claimsToGateway,
  claimsToSidecar,
  ForgeryUpstream,
  sendClaims,
  spellings,
} from '../support/spoofed-headers.ts';

const yaml = (port: number) => `apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: edge, namespace: default }
spec:
  selector: { istio: ingressgateway }
  servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: ["*"] }]
---
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: outside, namespace: default }
spec:
  hosts: [one.upstream.test]
  ports: [{ number: 80, name: http, protocol: HTTP }]
  location: MESH_EXTERNAL
  resolution: STATIC
  endpoints: [{ address: 127.0.0.1, ports: { http: ${port} } }]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: all, namespace: default }
spec: { hosts: ["*"], gateways: [edge], http: [{ route: [{ destination: { host: one.upstream.test } }] }] }
`;

describe('what a client says of its own identity', () => {
  test('is at least 40 claims in 4 spellings', () => {
    assert.ok(new Set(claimsToGateway).size >= 40);
    assert.equal(spellings.length, 4);
  });

  for (const runtime of RUNTIMES) {
    test(`does not get through a sidecar under ${runtime} that does not know it`, async () => {
      const upstream = new ForgeryUpstream();
      const port = await upstream.open();
      await withProxies(runtime, async (proxies) => {
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

  test('does not get through the gateway in workerd', async () => {
    const upstream = new ForgeryUpstream();
    const port = await upstream.open();
    const gateway = await RunningGateway.start();
    try {
      await gateway.publish(yaml(port), 1);
      const refused = await sendClaims(gateway.client, 'shop.example', claimsToGateway);
      assert.deepEqual(refused, []);
      assert.equal(upstream.requests, claimsToGateway.length * spellings.length);
      assert.deepEqual(upstream.forged, []);
    } finally {
      await gateway.stop();
      upstream.close();
    }
  });
});
