import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { listIssuances } from '../../../src/identity/authority/issuance-log.ts';
import { ATTEST_PATH } from '../../../src/identity/enrol.ts';
import { createCsr } from '../../../src/identity/x509/csr.ts';
import { generateKey } from '../../../src/identity/x509/p256.ts';
import { Attestor, certifiedId } from '../../support/attestor.ts';
import { NOON, testAuthority } from '../../support/identity-mesh.ts';
import { base64Url, type TokenIssuer, tokenIssuer } from '../../support/token-issuer.ts';

const authority = testAuthority();
const csr = generateKey().then(createCsr);
const [kubernetes, github, access, stranger] = await Promise.all([
  tokenIssuer('RS256', 'k8s'),
  tokenIssuer('RS256', 'gh'),
  tokenIssuer('ES256', 'cf'),
  tokenIssuer('RS256', 'k8s'),
]);
const GITHUB = 'https://token.actions.githubusercontent.com';
const NOW = Math.floor(NOON / 1000);

const policies = `
issuers:
  - name: kubernetes
    issuer: https://kubernetes.default.svc.cluster.local
    audiences: [weft]
    jwksFile: kubernetes.json
    maxTokenLife: 24h
    rules:
      - namespace: '{[kubernetes.io][namespace]}'
        serviceAccount: '{[kubernetes.io][serviceaccount][name]}'
        namespaces: ['*']
        serviceAccounts: ['*']
  - name: github
    issuer: ${GITHUB}
    audiences: [https://weft.example]
    jwksUri: ${GITHUB}/.well-known/jwks
    maxTokenLife: 1h
    once: true
    rules:
      - when:
          - { claim: repository, values: [acme/shop] }
          - { claim: ref, values: [refs/heads/main, 'refs/tags/*'] }
        namespace: ci
        serviceAccount: deployer
        maxTtl: 10m
      - when: [{ claim: repository_owner, values: [acme] }, { claim: event_name, values: [pull_request] }]
        namespace: preview
        serviceAccount: 'pr-{actor}'
        serviceAccounts: [pr-ann, pr-bob]
  - name: access
    issuer: https://acme.cloudflareaccess.com
    audiences: [4714c1358e65fe4b408ad6d432a5f878f08194bdb4752441fd56faefa9b2b6f2]
    rules:
      - when: [{ claim: common_name, values: [edge.access] }, { claim: groups, values: [ops], notValues: [banned] }]
        namespace: istio-system
        serviceAccount: edge
`;

type Claims = Record<string, unknown>;

const k8s = (change: Claims = {}): Claims => ({
  iss: 'https://kubernetes.default.svc.cluster.local',
  sub: 'system:serviceaccount:shop:reviews',
  aud: ['weft'],
  iat: NOW,
  nbf: NOW,
  exp: NOW + 3600,
  'kubernetes.io': { namespace: 'shop', serviceaccount: { name: 'reviews', uid: 'u' }, pod: { name: 'p' } },
  ...change,
});
const named = (namespace: unknown, account: unknown) =>
  k8s({ 'kubernetes.io': { namespace, serviceaccount: { name: account } } });
let jti = 0;
const gh = (change: Claims = {}): Claims => ({
  iss: GITHUB,
  sub: 'repo:acme/shop:ref:refs/heads/main',
  aud: 'https://weft.example',
  iat: NOW,
  exp: NOW + 300,
  jti: `job-${++jti}`,
  repository: 'acme/shop',
  repository_owner: 'acme',
  ref: 'refs/heads/main',
  event_name: 'push',
  actor: 'ann',
  ...change,
});
const cf = (change: Claims = {}): Claims => ({
  iss: 'https://acme.cloudflareaccess.com',
  sub: '',
  aud: '4714c1358e65fe4b408ad6d432a5f878f08194bdb4752441fd56faefa9b2b6f2',
  iat: NOW,
  exp: NOW + 600,
  common_name: 'edge.access',
  groups: ['dev', 'ops'],
  ...change,
});
const without = (claims: Claims, name: string): Claims => ({ ...claims, [name]: undefined });

/** Good evidence, and whose it is. */
const good: readonly [what: string, make: () => Promise<string>, path: string][] = [
  ['a service account', () => kubernetes.sign(k8s()), '/ns/shop/sa/reviews'],
  ['one of two audiences', () => kubernetes.sign(k8s({ aud: ['api', 'weft'] })), '/ns/shop/sa/reviews'],
  ['no type', () => kubernetes.sign(k8s(), { typ: undefined }), '/ns/shop/sa/reviews'],
  ['no iat', () => kubernetes.sign(without(k8s(), 'iat')), '/ns/shop/sa/reviews'],
  ['a clock 30 s ahead', () => kubernetes.sign(k8s({ nbf: NOW + 30 })), '/ns/shop/sa/reviews'],
  ['an account with dots', () => kubernetes.sign(named('a', 'b.c-d')), '/ns/a/sa/b.c-d'],
  ['a line end after it', async () => `${await kubernetes.sign(k8s())}\n`, '/ns/shop/sa/reviews'],
  ['a workflow', () => github.sign(gh()), '/ns/ci/sa/deployer'],
  ['a workflow on a tag', () => github.sign(gh({ ref: 'refs/tags/v1' })), '/ns/ci/sa/deployer'],
  [
    'a pull request where a rule names the event',
    () => github.sign(gh({ event_name: 'pull_request' })),
    '/ns/preview/sa/pr-ann',
  ],
  ['a service token of Access', () => access.sign(cf()), '/ns/istio-system/sa/edge'],
];

const unsigned = (claims: Claims, header: object) =>
  `${base64Url(JSON.stringify(header))}.${base64Url(JSON.stringify(claims))}.`;
const confused = async (issuer: TokenIssuer): Promise<string> => {
  const head = base64Url(JSON.stringify({ alg: 'HS256', kid: 'k8s', typ: 'JWT' }));
  const signed = `${head}.${base64Url(JSON.stringify(k8s()))}`;
  const secret = new TextEncoder().encode(JSON.stringify(issuer.jwk));
  const key = await crypto.subtle.importKey('raw', secret, { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
  ]);
  const mac = await crypto.subtle.sign('HMAC', key, new TextEncoder().encode(signed));
  return `${signed}.${base64Url(new Uint8Array(mac))}`;
};

/** Evidence that makes nobody, and why. */
const bad: readonly [what: string, make: () => Promise<string>, reason: string][] = [
  ['nothing', async () => '', 'token_format'],
  ['a join token', async () => 'weft-join.a.b', 'token_header_base64'],
  ['no signature', async () => unsigned(k8s(), { alg: 'none' }), 'token_alg_unsupported'],
  ['a secret made of the public key', () => confused(kubernetes), 'token_key_unknown'],
  ['the key of a stranger', () => stranger.sign(k8s()), 'token_signature'],
  ['the key of another issuer', () => github.sign(k8s(), { kid: 'k8s' }), 'token_signature'],
  ['an unknown key', () => kubernetes.sign(k8s(), { kid: 'other' }), 'token_key_unknown'],
  [
    'a changed payload',
    async () => {
      const [head, , signature] = (await kubernetes.sign(k8s())).split('.');
      return `${head}.${base64Url(JSON.stringify(named('shop', 'admin')))}.${signature}`;
    },
    'token_signature',
  ],
  ['a second exp', () => kubernetes.sign(`{"exp":1,${JSON.stringify(k8s()).slice(1)}`), 'token_payload_json'],
  ['another issuer', () => kubernetes.sign(k8s({ iss: 'https://evil.example' })), 'token_issuer'],
  ['an issuer with a slash more', () => kubernetes.sign(k8s({ iss: `${k8s().iss}/` })), 'token_issuer'],
  ['no issuer', () => kubernetes.sign(without(k8s(), 'iss')), 'token_issuer'],
  ['another audience', () => kubernetes.sign(k8s({ aud: ['api'] })), 'token_audience'],
  ['an audience in capitals', () => kubernetes.sign(k8s({ aud: ['WEFT'] })), 'token_audience'],
  ['no audience', () => kubernetes.sign(without(k8s(), 'aud')), 'token_audience'],
  ['the audience of another issuer', () => github.sign(gh({ aud: 'weft' })), 'token_audience'],
  ['an end an hour ago', () => kubernetes.sign(k8s({ iat: NOW - 7200, exp: NOW - 3600 })), 'token_expired'],
  ['a beginning in an hour', () => kubernetes.sign(k8s({ nbf: NOW + 3600 })), 'token_not_yet_valid'],
  ['no end', () => kubernetes.sign(without(k8s(), 'exp')), 'no_expiry'],
  ['a life of a week', () => kubernetes.sign(k8s({ exp: NOW + 7 * 86_400 })), 'token_life'],
  [
    'a life of a week without iat',
    () => kubernetes.sign(without(k8s({ exp: NOW + 7 * 86_400 }), 'iat')),
    'token_life',
  ],
  ['a legacy secret without the claims', () => kubernetes.sign(without(k8s(), 'kubernetes.io')), 'names'],
  ['a namespace with a slash', () => kubernetes.sign(named('shop/sa/admin', 'a')), 'names'],
  ['a namespace of dots', () => kubernetes.sign(named('..', 'a')), 'names'],
  ['a namespace in capitals', () => kubernetes.sign(named('Shop', 'a')), 'names'],
  ['an empty namespace', () => kubernetes.sign(named('', 'a')), 'names'],
  ['a namespace of 64 letters', () => kubernetes.sign(named('a'.repeat(64), 'a')), 'names'],
  ['a namespace that is a list', () => kubernetes.sign(named(['shop'], 'a')), 'names'],
  ['an account that is a number', () => kubernetes.sign(named('shop', 1)), 'names'],
  ['an account with a percent sign', () => kubernetes.sign(named('shop', 'a%2fb')), 'names'],
  ['an account that ends with a line', () => kubernetes.sign(named('shop', 'a\n')), 'names'],
  ['an account in Cyrillic', () => kubernetes.sign(named('shop', 'аdmin')), 'names'],
  ['the root namespace, which nobody named', () => kubernetes.sign(named('istio-system', 'a')), 'namespace'],
  ['another repository', () => github.sign(gh({ repository: 'acme/other' })), 'no_rule'],
  ['a repository that begins the same', () => github.sign(gh({ repository: 'acme/shop-evil' })), 'no_rule'],
  ['a repository in capitals', () => github.sign(gh({ repository: 'Acme/Shop' })), 'no_rule'],
  ['another branch', () => github.sign(gh({ ref: 'refs/heads/main2' })), 'no_rule'],
  ['a tag without a name', () => github.sign(gh({ ref: 'refs/tags/' })), 'no_rule'],
  ['no repository', () => github.sign(without(gh(), 'repository')), 'no_rule'],
  ['a comment of a stranger', () => github.sign(gh({ event_name: 'issue_comment' })), 'no_rule'],
  ['a pull request to its target', () => github.sign(gh({ event_name: 'pull_request_target' })), 'no_rule'],
  ['an issue of a stranger', () => github.sign(gh({ event_name: 'issues' })), 'no_rule'],
  ['a fork by a stranger', () => github.sign(gh({ event_name: 'fork' })), 'no_rule'],
  ['an event that is not told', () => github.sign(without(gh(), 'event_name')), 'no_rule'],
  [
    'a pull request of somebody else',
    () => github.sign(gh({ event_name: 'pull_request', actor: 'eve' })),
    'service_account',
  ],
  ['no id where it counts once', () => github.sign(without(gh(), 'jti')), 'token_used'],
  ['another service token', () => access.sign(cf({ common_name: 'edge.access.evil' })), 'no_rule'],
  ['no group', () => access.sign(cf({ groups: ['dev'] })), 'no_rule'],
  ['a group that is banned', () => access.sign(cf({ groups: ['ops', 'banned'] })), 'no_rule'],
  ['groups as one text', () => access.sign(cf({ groups: 'dev,ops' })), 'no_rule'],
  ['a proof for requests', () => kubernetes.sign(k8s(), { typ: 'weft-proof+jwt' }), 'token_header_typ'],
  [
    'a critical header',
    async () => unsigned(k8s(), { alg: 'RS256', crit: ['x'], x: 1 }),
    'token_header_critical',
  ],
  ['8 KiB of it', () => kubernetes.sign(k8s({ padding: 'a'.repeat(8192) })), 'token_too_long'],
];

describe('tokens of issuers', () => {
  let attestor: Attestor;

  beforeEach(async () => {
    attestor = new Attestor(await authority, { policies, documents });
  });

  const documents = new Map([
    ['kubernetes.json', kubernetes.keySet()],
    [`${GITHUB}/.well-known/jwks`, github.keySet()],
    [
      'https://acme.cloudflareaccess.com/.well-known/openid-configuration',
      JSON.stringify({ issuer: 'https://acme.cloudflareaccess.com', jwks_uri: 'https://acme.example/certs' }),
    ],
    ['https://acme.example/certs', access.keySet()],
  ]);

  for (const [what, make, path] of good)
    test(`with ${what} name ${path}`, async () => {
      const answer = await attestor.post(ATTEST_PATH, { token: await make(), csr: await csr });
      assert.equal(await certifiedId(answer), `spiffe://cluster.local${path}`);
      assert.equal(await attestor.issued(), 1);
    });

  for (const [what, make, reason] of bad)
    test(`with ${what} name nobody, and nobody hears why`, async () => {
      const refused = await attestor.post(ATTEST_PATH, { token: await make(), csr: await csr });
      assert.deepEqual([refused.status, await refused.text()], [403, 'refused']);
      assert.deepEqual(attestor.log.lines, [`identity refused ${reason}`]);
      assert.equal(await attestor.issued(), 0);
    });

  test('with one character changed name nobody', async () => {
    const token = await kubernetes.sign(k8s());
    const [first = '', last = ''] = [token.slice(0, 1), token.slice(-1)];
    const places = Array.from({ length: 120 }, (_, i) => Math.floor((i * token.length) / 120));
    for (const place of places) {
      const other = token[place] === first ? last : first;
      const changed = token.slice(0, place) + (other === token[place] ? 'A' : other) + token.slice(place + 1);
      if (changed === token) continue;
      const answer = await attestor.post(ATTEST_PATH, { token: changed, csr: await csr });
      assert.equal(answer.status, 403, `at ${place}`);
    }
    assert.equal(await attestor.issued(), 0);
  });

  test('are counted once where the policy says so, whoever brings them', async () => {
    const [ours, theirs] = [await github.sign(gh()), await kubernetes.sign(k8s())];
    const statuses = async (token: string) => {
      const answers = await Promise.all(
        [1, 2, 3, 4].map(async () => attestor.post(ATTEST_PATH, { token, csr: await csr })),
      );
      return answers.map(({ status }) => status).sort();
    };
    assert.deepEqual(await statuses(ours), [200, 403, 403, 403]);
    assert.deepEqual(await statuses(theirs), [200, 200, 200, 200]);
  });

  test('that make nobody are not spent', async () => {
    const token = await github.sign(gh());
    const refused = await attestor.post(ATTEST_PATH, { token, csr: 'none' });
    assert.equal(refused.status, 403);
    assert.equal((await attestor.post(ATTEST_PATH, { token, csr: await csr })).status, 200);
  });

  test('get certificates that live no longer than their rule says, and leave their issuer in the log', async () => {
    await attestor.post(ATTEST_PATH, { token: await github.sign(gh()), csr: await csr });
    const [issuance] = await listIssuances(attestor.store, 1);
    assert.equal(issuance?.who, 'token/github');
    assert.ok(Math.abs((issuance?.notAfter ?? 0) - (NOON + 600_000)) < 1000);
  });

  test('are believed by keys of their own issuer only, fetched once', async () => {
    for (let i = 0; i < 3; i++)
      await attestor.post(ATTEST_PATH, { token: await github.sign(gh()), csr: await csr });
    assert.deepEqual(attestor.fetched, [`${GITHUB}/.well-known/jwks`]);
  });

  test('count for nothing where no issuer is named', async () => {
    const plain = new Attestor(await authority);
    const answer = await plain.post(ATTEST_PATH, { token: await kubernetes.sign(k8s()), csr: await csr });
    assert.equal(answer.status, 403);
    assert.deepEqual(plain.log.lines, ['identity refused token_issuer']);
  });

  test('of whoever is denied get nothing', async () => {
    attestor.deny('spiffe://cluster.local/ns/shop/sa/reviews');
    const answer = await attestor.post(ATTEST_PATH, { token: await kubernetes.sign(k8s()), csr: await csr });
    assert.equal(answer.status, 403);
    assert.deepEqual(attestor.log.lines, ['identity refused denied']);
  });
});
