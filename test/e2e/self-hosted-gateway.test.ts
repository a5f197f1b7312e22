import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ask } from '../support/http-client.ts';
import { freshState, RunningMesh } from '../support/running-mesh.ts';
import { secretCases } from './gateway-secret.ts';
import { signalCases } from './gateway-signals.ts';

// What `weft up` hands on to its proxies.
process.env.WEFT_ACCESS_LOG = 'json';
process.env.WEFT_TRACE_SAMPLING = '100';

/** In place of what the example says of productpage, so that a gateway without a certificate gets through. */
const strict = `
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: {name: productpage, namespace: default}
spec:
  selector: {matchLabels: {app: productpage}}
  mtls: {mode: STRICT}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: productpage-visitors, namespace: default}
spec:
  selector: {matchLabels: {app: productpage}}
  rules:
    - from: [{source: {principals: [cluster.local/ns/istio-system/sa/ACCOUNT]}}]
`;

for (const runtime of ['bun', 'deno']) {
  describe(`Bookinfo behind the gateway on sockets under ${runtime}`, () => {
    let mesh: RunningMesh;
    before(async () => {
      mesh = await RunningMesh.boot([], freshState(), ['--gateway', 'sockets', '--gateway-runtime', runtime]);
    });
    after(() => mesh.stop());

    // One runtime will do for what is not the runtime's doing.
    if (runtime === 'bun') {
      signalCases(() => mesh);
      secretCases(() => mesh);
    }

    test('a STRICT productpage knows the gateway, and only who is allowed gets through', async () => {
      const account = 'istio-ingressgateway-service-account';
      const row = mesh.info.rows.find(({ name }) => name === 'gateway');
      assert.equal(row?.identity, `spiffe://cluster.local/ns/istio-system/sa/${account}`);
      assert.equal((await ask(`${mesh.gateway}/productpage`)).status, 200);
      for (const [allowed, status] of [
        [account, 200],
        ['somebody-else', 403],
      ] as const) {
        const revision = await mesh.apply(strict.replace('ACCOUNT', allowed));
        await Promise.all([mesh.untilSidecars(revision), mesh.untilGateway(revision)]);
        const { status: got, headers, body } = await ask(`${mesh.gateway}/productpage`);
        assert.equal(got, status);
        assert.equal(headers['x-weft-cluster'], 'outbound|9080||productpage.default.svc.cluster.local');
        if (status === 200) assert.match(body, /Book reviews/);
      }
      assert.equal((await ask(`${mesh.gateway}/no/such/page`)).status, 404);
    });
  });
}
