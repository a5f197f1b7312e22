import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseResources } from '../../src/config/parse.ts';
import { KINDS, type Kind } from '../../src/config/resource/kinds.ts';

const warned = (kind: Kind, spec: string) =>
  parseResources(
    `apiVersion: ${KINDS[kind].apiVersions[0]}\nkind: ${kind}\nmetadata: {name: a}\nspec: ${spec}\n`,
    'f',
  )
    .diagnostics.filter(({ code }) => code === 'WFT0112')
    .map(({ path }) => path);

const ROUTE = 'route: [{destination: {host: a}}]';
const http = (...rules: string[]) => `{hosts: [a], http: [${rules.join(', ')}]}`;
const on = (match: string) => `{match: [${match}], ${ROUTE}}`;
const tls = (inner: string) =>
  `{servers: [{hosts: [a], port: {number: 443, name: a, protocol: HTTPS}, tls: {${inner}}}]}`;
const entry = (inner: string) => `{hosts: [a.b], ${inner}}`;

describe('what is valid and was probably not meant', () => {
  const cases: readonly (readonly [kind: Kind, spec: string, paths: readonly string[]])[] = [
    ['VirtualService', http(`{${ROUTE}}`, `{${ROUTE}}`), ['spec.http[1]']],
    [
      'VirtualService',
      http(on('{uri: {prefix: /a}}'), on('{uri: {prefix: /ab}, method: {exact: GET}}')),
      ['spec.http[1].match[0]'],
    ],
    [
      'VirtualService',
      http(on('{uri: {prefix: /a}}'), on('{uri: {exact: /abc}}')),
      ['spec.http[1].match[0]'],
    ],
    ['VirtualService', http(on('{uri: {prefix: /ab}}'), on('{uri: {prefix: /a}}')), []],
    ['VirtualService', http(on('{uri: {prefix: /a}, method: {exact: GET}}'), on('{uri: {prefix: /a}}')), []],
    ['VirtualService', http(on('{uri: {prefix: /a}, ignoreUriCase: true}'), on('{uri: {prefix: /a}}')), []],
    ['VirtualService', `{hosts: [a], tcp: [{${ROUTE}}, {${ROUTE}}]}`, ['spec.tcp[1]']],
    ['VirtualService', `{hosts: [a], gateways: [a.b.c], http: [{${ROUTE}}]}`, ['spec.gateways[0]']],
    ['VirtualService', http(`{${ROUTE}, mirrorPercent: 1}`), ['spec.http[0].mirrorPercent']],
    ['Gateway', tls('mode: PASSTHROUGH, serverCertificate: a'), ['spec.servers[0].tls']],
    ['Gateway', tls('mode: PASSTHROUGH, cipherSuites: [a]'), ['spec.servers[0].tls.cipherSuites']],
    ['Gateway', tls('mode: PASSTHROUGH, cipherSuites: [AES128-SHA]'), []],
    ['Gateway', tls('httpsRedirect: true'), ['spec.servers[0]']],
    ['ServiceEntry', entry('ports: [{number: 1, name: a}]'), ['spec']],
    ['ServiceEntry', entry('ports: [{number: 1, name: a, protocol: TLS}]'), []],
    ['ServiceEntry', entry('workloadSelector: {labels: {a: b}}'), ['spec']],
    ['Sidecar', '{egress: [{hosts: [a/*, a/b]}]}', ['spec.egress[0].hosts']],
    ['Sidecar', '{egress: [{hosts: ["*/*", a/b]}]}', []],
    ['AuthorizationPolicy', '{selector: {}, rules: [{}]}', ['spec.selector']],
    ['AuthorizationPolicy', '{action: DENY, rules: [{to: [{operation: {methods: [GET]}}]}]}', ['spec']],
    [
      'AuthorizationPolicy',
      '{action: DENY, rules: [{to: [{operation: {methods: [GET], ports: ["80"]}}]}]}',
      [],
    ],
    [
      'RequestAuthentication',
      '{jwtRules: [{issuer: a, jwks: \'{"keys":[{"kty":"OKP","crv":"Ed25519","x":"a","d":"b"}]}\'}]}',
      ['spec.jwtRules[0].jwks'],
    ],
    ['Telemetry', '{tracing: [{}, {}]}', ['spec.tracing']],
    [
      'DestinationRule',
      '{host: a, trafficPolicy: {outlierDetection: {consecutiveErrors: 1}}}',
      ['spec.trafficPolicy.outlierDetection.consecutiveErrors'],
    ],
  ];
  for (const [kind, spec, paths] of cases)
    test(`${kind} ${spec}`, () => assert.deepEqual(warned(kind, spec), paths));
});

describe('a MeshConfig in ConfigMap istio', () => {
  const map = (mesh: string, name = 'istio', namespace = 'istio-system') =>
    parseResources(
      `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: ${namespace}}\ndata:\n  mesh: '${mesh}'\n`,
      'f',
    ).diagnostics.map(({ code, message }) => `${code} ${message}`);

  test('is judged, and names what is not applied', () => {
    assert.ok(map('trustDomain: a.b').includes('WFT0201 data.mesh is accepted, not applied: trustDomain'));
    assert.deepEqual(
      map('trustDomains: a.b').at(-1)?.split(' (')[0],
      'WFT0103 data.mesh: unknown field mesh.trustDomains',
    );
  });
  test('is silent of what is applied', () => {
    const applied = [
      'pathNormalization: {normalization: MERGE_SLASHES}',
      'outboundTrafficPolicy: {mode: REGISTRY_ONLY}',
      'defaultConfig: {gatewayTopology: {numTrustedProxies: 2}}',
      'extensionProviders: [{name: a, envoyExtAuthzHttp: {service: a.b, port: 80}}]',
    ];
    for (const mesh of applied) assert.doesNotMatch(map(mesh).join(), /data\.mesh/);
    assert.match(map('defaultConfig: {concurrency: 2}').join(), /WFT0201 data\.mesh .* defaultConfig/);
  });
  test('says so where nobody reads it', () => {
    const elsewhere = map('outboundTrafficPolicy: {mode: REGISTRY_ONLY}', 'istio', 'default');
    assert.match(elsewhere.join(), /WFT0201 data\.mesh .* outboundTrafficPolicy/);
  });
  test('is what ConfigMap istio holds, and no other', () => {
    assert.doesNotMatch(map('trustDomains: a.b', 'settings').join(), /WFT0103/);
  });
});

test('what a Secret holds is in no diagnostic', () => {
  const text =
    'apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {a: 31337}\nstringData: {b: 31337}\n';
  const { diagnostics } = parseResources(text, 'f');
  assert.ok(diagnostics.some(({ severity }) => severity === 'error'));
  assert.doesNotMatch(JSON.stringify(diagnostics), /31337/);
});

test('a namespace in capitals is warned of in Istio’s kinds, and refused where workloads are', () => {
  const codes = (apiVersion: string, kind: string, spec: string) =>
    parseResources(
      `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: a, namespace: nsA}\nspec: ${spec}\n`,
      'f',
    ).diagnostics.map(({ code }) => code);
  assert.deepEqual(codes('networking.istio.io/v1', 'VirtualService', http(`{${ROUTE}}`)), ['WFT0113']);
  assert.deepEqual(codes('v1', 'Service', '{ports: [{port: 80}]}'), ['WFT0107']);
});
