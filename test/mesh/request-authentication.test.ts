import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Clock } from '../../src/runtime/ports.ts';
import { gatewayToApp, plainWorkload } from '../support/plain-workload.ts';
import { type Call, SimulatedMesh } from '../support/simulated-mesh.ts';
import { tokenIssuer } from '../support/token-issuer.ts';

const now = 1_800_000_000;
const clock: Clock = { now: () => now * 1000, monotonic: () => 0, sleep: async () => undefined };
const issuer = await tokenIssuer();
const other = await tokenIssuer('RS256', 'key-2');
const NAME = 'https://issuer.example';

const workloads = ['app', 'client'].map(plainWorkload).join('');

/** RequestAuthentication for the application, keys inline unless the rule says otherwise. */
function authentication(
  rule: string,
  where = 'selector: { matchLabels: { app: app } }',
  namespace = 'default',
): string {
  const keys = rule.includes('jwksUri') ? '' : `, jwks: '${issuer.keySet()}'`;
  return `
---
apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: { name: tokens, namespace: ${namespace} }
spec: { ${where}, jwtRules: [{ issuer: "${NAME}"${keys}${rule} }] }`;
}

function allow(rule: string): string {
  return `
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: allow }
spec: { selector: { matchLabels: { app: app } }, rules: [${rule}] }`;
}

const claims = {
  iss: NAME,
  sub: 'alice',
  aud: 'app',
  exp: now + 60,
  groups: ['admins'],
  scope: 'read write',
  of: { team: 'x' },
};
const token = await issuer.sign(claims);
const expired = await issuer.sign({ ...claims, exp: now - 61 });

async function call(yaml: string, bearer?: string, more: Partial<Call> = {}) {
  const mesh = new SimulatedMesh(workloads + yaml, { clock, keys: async () => other.keySet() });
  const headers: [string, string][] = bearer === undefined ? [] : [['authorization', `Bearer ${bearer}`]];
  return mesh.call({
    from: 'client',
    url: 'http://app/',
    ...more,
    headers: [...headers, ...(more.headers ?? [])],
  });
}

describe('RequestAuthentication', () => {
  test('a request without a token passes, a good one too, and a bad one does not', async () => {
    const yaml = authentication('');
    assert.equal((await call(yaml)).status, 200);
    assert.equal((await call(yaml, token)).status, 200);
    const refused = await call(yaml, expired);
    assert.deepEqual([refused.status, refused.body], [401, 'Jwt is expired']);
    assert.equal(
      refused.headers.get('www-authenticate'),
      'Bearer realm="http://app/", error="invalid_token"',
    );
  });

  test('the application gets the token only where it is to be forwarded', async () => {
    assert.equal((await call(authentication(''), token)).request?.headers.has('authorization'), false);
    const kept = await call(authentication(', forwardOriginalToken: true'), token);
    assert.equal(kept.request?.headers.get('authorization'), `Bearer ${token}`);
  });

  test('a token in the query is not in what the application gets', async () => {
    const { status, request } = await call(authentication(''), undefined, {
      url: `http://app/p?a=1&access_token=${token}`,
    });
    assert.deepEqual([status, request?.path, request?.query], [200, '/p', '?a=1']);
  });

  test('headers that claims fill are never the word of the client', async () => {
    const yaml = authentication(
      ', outputPayloadToHeader: x-payload, outputClaimToHeaders: [{ header: x-team, claim: of.team }]',
    );
    const forged = {
      headers: [
        ['x-payload', 'forged'],
        ['X-Team', 'forged'],
      ] as const,
    };
    const anonymous = (await call(yaml, undefined, forged)).request?.headers;
    assert.deepEqual([anonymous?.get('x-payload'), anonymous?.get('x-team')], [undefined, undefined]);
    const named = (await call(yaml, token, forged)).request?.headers;
    assert.deepEqual([named?.get('x-payload'), named?.get('x-team')], [token.split('.')[1], 'x']);
  });

  test('another audience is answered with 403', async () => {
    const refused = await call(authentication(', audiences: [other]'), token);
    assert.deepEqual([refused.status, refused.body], [403, 'Audiences in Jwt are not allowed']);
    assert.equal((await call(authentication(', audiences: [other, app]'), token)).status, 200);
  });

  test('keys by URI are fetched, and without any a token is refused', async () => {
    const yaml = authentication(', jwksUri: "https://issuer.example/jwks"');
    assert.equal((await call(yaml, await other.sign(claims))).status, 200);
    const foreign = await call(yaml, token);
    assert.deepEqual(
      [foreign.status, foreign.body],
      [401, "Jwks doesn't have key to match kid or alg from Jwt"],
    );
    const mesh = new SimulatedMesh(workloads + yaml, { clock });
    const sent = {
      from: 'client',
      url: 'http://app/',
      headers: [['authorization', `Bearer ${token}`]] as const,
    };
    assert.equal((await mesh.call(sent)).body, 'Jwks remote fetch is failed');
    assert.equal((await mesh.call({ from: 'client', url: 'http://app/' })).status, 200);
  });

  const conditions: readonly (readonly [string, string, boolean])[] = [
    ['requestPrincipals: ["*"]', '', true],
    [`requestPrincipals: ["${NAME}/alice"]`, '', true],
    [`requestPrincipals: ["${NAME}/*"]`, '', true],
    ['requestPrincipals: ["*/alice"]', '', true],
    [`requestPrincipals: ["${NAME}/bob"]`, '', false],
    [`notRequestPrincipals: ["${NAME}/alice"]`, '', false],
    ['', 'key: request.auth.audiences, values: [app]', true],
    ['', 'key: request.auth.audiences, values: [other]', false],
    ['', 'key: request.auth.presenter, values: ["*"]', false],
    ['', 'key: "request.auth.claims[groups]", values: [admins]', true],
    ['', 'key: "request.auth.claims[groups]", values: [users]', false],
    ['', 'key: "request.auth.claims[scope]", values: [write]', true],
    ['', 'key: "request.auth.claims[scope]", values: ["read write"]', false],
    ['', 'key: "request.auth.claims[of][team]", values: [x]', true],
    ['', 'key: "request.auth.claims[of]", values: ["*"]', false],
    ['', 'key: "request.auth.claims[exp]", values: ["*"]', false],
    ['', 'key: "request.auth.claims[constructor]", values: ["*"]', false],
  ];
  for (const [source, when, expected] of conditions)
    test(`policies see the token: ${source || when}`, async () => {
      const rule = source === '' ? `{ when: [{ ${when} }] }` : `{ from: [{ source: { ${source} } }] }`;
      const yaml = authentication('') + allow(rule);
      assert.equal((await call(yaml, token)).status, expected ? 200 : 403);
      assert.equal((await call(yaml)).status, source.startsWith('not') ? 200 : 403);
    });

  test('a subject with a slash is not another issuer', async () => {
    const sneaky = await issuer.sign({ ...claims, sub: 'tenant/alice' });
    const open = authentication('');
    const exact = open + allow(`{ from: [{ source: { requestPrincipals: ["${NAME}/tenant/alice"] } }] }`);
    const prefix = open + allow(`{ from: [{ source: { requestPrincipals: ["${NAME}/tenant/*"] } }] }`);
    assert.equal((await call(exact, sneaky)).status, 403);
    assert.equal((await call(prefix, sneaky)).status, 403);
    assert.equal(
      (await call(open + allow('{ from: [{ source: { requestPrincipals: ["*"] } }] }'), sneaky)).status,
      200,
    );
  });

  test('policies of the mesh, of the namespace and of the workload hold together', async () => {
    const mesh = authentication('', 'jwtRules: []', 'istio-system').replace('jwtRules: [], ', '');
    assert.equal((await call(mesh, expired)).status, 401);
    assert.equal(
      (await call(authentication('', 'selector: { matchLabels: { app: other } }'), expired)).status,
      200,
    );
  });
});

describe('routes by claims', () => {
  const atEdge = authentication('', 'selector: { matchLabels: { istio: ingressgateway } }', 'istio-system');
  const routed = (match: string) => gatewayToApp.replace('http: [{', `http: [{ match: [{ ${match} }],`);
  const cases: readonly (readonly [string, boolean])[] = [
    ['headers: { "@request.auth.claims.groups": { exact: admins } }', true],
    ['headers: { "@request.auth.claims.groups": { exact: users } }', false],
    ['headers: { "@request.auth.claims.of.team": { prefix: x } }', true],
    ['headers: { "@request.auth.claims[of][team]": { regex: "[xyz]" } }', true],
    ['headers: { "@request.auth.claims[of.team]": { exact: x } }', false],
    ['headers: { "@request.auth.claims.scope": { exact: read } }', true],
    ['headers: { "@request.auth.claims.sub": {} }', true],
    ['headers: { "@request.auth.claims.none": {} }', false],
    ['withoutHeaders: { "@request.auth.claims.groups": { exact: users } }', true],
    ['withoutHeaders: { "@request.auth.claims.groups": { exact: admins } }', false],
    ['withoutHeaders: { "@request.auth.claims.none": {} }', true],
  ];
  for (const [match, expected] of cases)
    test(match, async () => {
      const yaml = routed(match) + atEdge;
      const ingress = { from: 'istio-ingressgateway', url: 'http://shop.example/' };
      assert.equal((await call(yaml, token, ingress)).status, expected ? 200 : 404);
      assert.equal((await call(yaml, undefined, ingress)).status, 404);
      const named = { ...ingress, headers: [['@request.auth.claims.groups', 'admins']] as const };
      assert.equal((await call(yaml, undefined, named)).status, 404);
    });

  test('without a RequestAuthentication at the gateway no claim is believed', async () => {
    const yaml = routed('headers: { "@request.auth.claims.groups": { exact: admins } }');
    assert.equal(
      (await call(yaml, token, { from: 'istio-ingressgateway', url: 'http://shop.example/' })).status,
      404,
    );
  });
});
