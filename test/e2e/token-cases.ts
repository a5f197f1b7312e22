import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import { type Answer, ask } from '../support/http-client.ts';
import type { RunningMesh } from '../support/running-mesh.ts';
import { tokenIssuer } from '../support/token-issuer.ts';
import { until } from '../support/until.ts';

const issuer = await tokenIssuer('RS256');
const stranger = await tokenIssuer('RS256');
const NAME = 'https://issuer.example';
let fetched = 0;

/** Serves the keys of the tokens. */
export const keys: Server = createServer((_, response) => {
  fetched++;
  response.setHeader('content-type', 'application/json').end(issuer.keySet());
});

/** `host:port` of the server of keys, once it listens. */
export const keyHost = (): string => `127.0.0.1:${(keys.address() as AddressInfo).port}`;

/** Tokens at a sidecar and at the gateway in workerd; the proxies may fetch keys from `keys`. */
export function tokenCases(mesh: () => RunningMesh): void {
  describe('tokens on a live mesh', () => {
    function authentication(namespace: string, labels: string): string {
      return `apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: { name: tokens, namespace: ${namespace} }
spec:
  selector: { matchLabels: ${labels} }
  jwtRules: [{ issuer: "${NAME}", jwksUri: "http://${keyHost()}/jwks", forwardOriginalToken: true }]
`;
    }

    async function page(token?: string): Promise<Answer> {
      const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
      return ask(`${mesh().gateway}/productpage`, { headers });
    }

    const claims = (more: object = {}) => ({
      iss: NAME,
      sub: 'alice',
      exp: Math.floor(Date.now() / 1000) + 600,
      ...more,
    });

    test('a sidecar lets good tokens and none pass, and answers bad ones', async () => {
      await mesh().untilSidecars(await mesh().apply(authentication('default', '{ app: productpage }')));
      await until('the sidecar looks at tokens', async () =>
        (await page('bad')).status === 401 ? true : undefined,
      );
      assert.equal((await page()).status, 200);
      assert.equal((await page(await issuer.sign(claims()))).status, 200);
      const expired = await page(await issuer.sign(claims({ exp: 1_700_000_000 })));
      assert.deepEqual([expired.status, expired.body], [401, 'Jwt is expired']);
      assert.match(
        String(expired.headers['www-authenticate']),
        /^Bearer realm="https?:\/\/.*", error="invalid_token"$/,
      );
      const forged = await page(await stranger.sign(claims()));
      assert.deepEqual([forged.status, forged.body], [401, 'Jwt verification fails']);
      assert.ok(fetched > 0);
    });

    test('the gateway in workerd does the same, and its policies know who asks', async () => {
      const before = fetched;
      const policy = `---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: alice, namespace: istio-system }
spec:
  selector: { matchLabels: { istio: ingressgateway } }
  rules: [{ from: [{ source: { requestPrincipals: ["${NAME}/alice"] } }] }]
`;
      await mesh().apply(authentication('istio-system', '{ istio: ingressgateway }') + policy);
      await until('the gateway asks who it is', async () =>
        (await page()).status === 403 ? true : undefined,
      );
      assert.equal((await page(await issuer.sign(claims()))).status, 200);
      assert.equal((await page(await issuer.sign(claims({ sub: 'bob' })))).status, 403);
      assert.equal((await page(await issuer.sign(claims({ exp: 1_700_000_000 })))).body, 'Jwt is expired');
      assert.equal((await page(await stranger.sign(claims()))).body, 'Jwt verification fails');
      assert.ok(fetched > before);
    });
  });
}
