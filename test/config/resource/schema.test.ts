import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fieldsAt } from '../../../src/config/reading/schema-fields.ts';
import { UNSUPPORTED_FIELDS } from '../../../src/config/reading/unsupported-fields.ts';
import { KINDS, type Kind, type KindEntry } from '../../../src/config/resource/kinds.ts';
import { resourcesOf, said } from '../../support/parsed.ts';

const resource = (kind: Kind, spec: string) =>
  `apiVersion: ${KINDS[kind].apiVersions[0]}\nkind: ${kind}\nmetadata: {name: a}\nspec: ${spec}\n`;
const codes = (kind: Kind, spec: string) => said(resource(kind, spec)).map((line) => line.split(' ')[1]);
const specOf = (kind: Kind, spec: string) => resourcesOf(resource(kind, spec))[0]?.spec;

describe('defaults are Istio’s', () => {
  test('a VirtualService is for the whole mesh and visible everywhere', () => {
    const spec = specOf('VirtualService', '{hosts: [a], http: [{route: [{destination: {host: a}}]}]}');
    assert.deepEqual(Reflect.get(spec ?? {}, 'gateways'), ['mesh']);
    assert.deepEqual(Reflect.get(spec ?? {}, 'exportTo'), ['*']);
  });
  test('an AuthorizationPolicy without a spec allows nothing', () => {
    assert.deepEqual(specOf('AuthorizationPolicy', '{}'), { action: 'ALLOW', rules: [] });
  });
  test('a Deployment runs one replica under the account default', () => {
    const spec = specOf('Deployment', '{selector: {}, template: {spec: {containers: [{name: a}]}}}');
    assert.equal(Reflect.get(spec ?? {}, 'replicas'), 1);
  });
});

test('maps with keys of the user are Maps, and ports are numbers', () => {
  const spec = specOf(
    'PeerAuthentication',
    '{selector: {matchLabels: {app: a}}, mtls: {mode: STRICT}, portLevelMtls: {8080: {mode: DISABLE}}}',
  );
  assert.deepEqual(spec, {
    selector: { matchLabels: new Map([['app', 'a']]) },
    mtls: { mode: 'STRICT' },
    portLevelMtls: new Map([[8080, { mode: 'DISABLE' }]]),
  });
});

const files = 'serverCertificate: a, privateKey: b';
const secured = (tls: string, protocol = 'HTTPS') =>
  `{servers: [{hosts: [a], port: {number: 443, name: h, protocol: ${protocol}}, tls: {${tls}}}]}`;

describe('what would weaken security is refused', () => {
  const refused: readonly (readonly [what: string, kind: Kind, spec: string])[] = [
    [
      'SANs that are not enforced',
      'DestinationRule',
      '{host: a, trafficPolicy: {tls: {mode: ISTIO_MUTUAL, subjectAltNames: [x]}}}',
    ],
    [
      'a CA from a Secret beside files',
      'Gateway',
      secured(`${files}, mode: MUTUAL, caCertificates: d, caCertCredentialName: c`),
    ],
    ['a revocation list', 'Gateway', secured(`${files}, mode: MUTUAL, caCertificates: d, caCrl: e`)],
    [
      'pinned clients',
      'Gateway',
      secured(`${files}, mode: MUTUAL, caCertificates: d, verifyCertificateHash: [x]`),
    ],
    ['TLS 1.1 at most', 'Gateway', secured(`${files}, mode: SIMPLE, maxProtocolVersion: TLSV1_1`)],
    ['TLS settings of a plaintext port', 'Gateway', secured('caCertificates: d', 'HTTP')],
    [
      'metadata of Envoy filters',
      'AuthorizationPolicy',
      '{rules: [{when: [{key: "experimental.envoy.filters.a[b]", values: [c]}]}]}',
    ],
  ];
  for (const [what, kind, spec] of refused) {
    test(what, () => assert.ok(codes(kind, spec).includes('WFT0301'), codes(kind, spec).join()));
  }

  test('TLS that a self-hosted gateway ends is accepted, with a notice for the one on Workers', () => {
    assert.deepEqual(codes('Gateway', secured(`${files}, mode: SIMPLE`)), ['WFT0205']);
    const mutual = `${files}, mode: MUTUAL, caCertificates: c, subjectAltNames: [d], minProtocolVersion: TLSV1_3`;
    assert.deepEqual(codes('Gateway', secured(mutual)), ['WFT0205']);
    assert.deepEqual(codes('Gateway', secured('mode: PASSTHROUGH', 'TLS')), ['WFT0205']);
    assert.deepEqual(codes('Gateway', secured('mode: SIMPLE, credentialName: c')), ['WFT0205']);
    assert.deepEqual(codes('Gateway', secured('mode: SIMPLE, credentialNames: [c, d]')), [
      'WFT0205',
      'WFT0201',
    ]);
    assert.deepEqual(codes('Gateway', secured('httpsRedirect: true', 'HTTP')), []);
  });

  test('a lowest TLS version above the highest is invalid', () => {
    const versions = 'minProtocolVersion: TLSV1_3, maxProtocolVersion: TLSV1_2';
    assert.ok(codes('Gateway', secured(`${files}, mode: SIMPLE, ${versions}`)).includes('WFT0104'));
  });

  test('TLS of the mesh at the edge is accepted, and the server is not opened', () => {
    for (const mode of ['ISTIO_MUTUAL', 'AUTO_PASSTHROUGH'])
      assert.ok(codes('Gateway', secured(`mode: ${mode}`)).includes('WFT0201'));
  });

  test('TLS to servers outside is accepted with a warning: requests that need it are answered with 503', () => {
    for (const spec of [
      '{host: a, trafficPolicy: {portLevelSettings: [{port: {number: 443}, tls: {mode: SIMPLE}}]}}',
      '{host: a, trafficPolicy: {tls: {mode: SIMPLE, subjectAltNames: [x]}}}',
      '{host: a, subsets: [{name: v1, trafficPolicy: {tls: {mode: SIMPLE}}}]}',
    ])
      assert.deepEqual(codes('DestinationRule', spec), ['WFT0204']);
  });
});

describe('policies are held to values that mean what they say', () => {
  const rule = (inner: string) => `{rules: [${inner}]}`;
  const wrong = [
    '{from: []}',
    '{to: [{operation: {}}]}',
    '{to: [{operation: {ports: ["0"]}}]}',
    '{to: [{operation: {paths: ["/a{*}b"]}}]}',
    '{to: [{operation: {paths: ["/{**}/{*}"]}}]}',
    '{to: [{operation: {paths: ["/{*}/a*"]}}]}',
    '{from: [{source: {ipBlocks: ["10.0.0.0/33"]}}]}',
    '{from: [{source: {serviceAccounts: [a], namespaces: [b]}}]}',
    '{when: [{key: request.header, values: [a]}]}',
    '{when: [{key: source.ip}]}',
    '{when: [{key: destination.port, values: [http]}]}',
    '{from: [{source: {principal: [a]}}]}',
    '{unless: []}',
  ];
  for (const inner of wrong) {
    test(`${inner} is refused`, () =>
      assert.ok(said(resource('AuthorizationPolicy', rule(inner))).length > 0));
  }
  const right = [
    '{}',
    '{to: [{operation: {paths: ["/{*}/b/{**}", "*.html", "/api*", "*"]}}]}',
    '{from: [{source: {notIpBlocks: ["::1", "10.0.0.0/8"], requestPrincipals: ["*"]}}]}',
    '{when: [{key: "request.auth.claims[a][b]", notValues: [c]}]}',
  ];
  for (const inner of right) {
    test(`${inner} is accepted`, () =>
      assert.deepEqual(said(resource('AuthorizationPolicy', rule(inner))), []));
  }
});

test('every unsupported field is a field of its kind', () => {
  for (const { kind, path } of UNSUPPORTED_FIELDS) {
    const segments = path.split('.');
    const { body }: KindEntry = KINDS[kind];
    const steps = (body === 'resource' ? segments : segments.slice(1)).flatMap((step) =>
      step.endsWith('[]') ? [step.slice(0, -2), 0] : [step],
    );
    const named = steps.at(-1) === 0 ? steps.slice(0, -1) : steps;
    const last = String(named.at(-1));
    if (last === '*' || named.length === 0) continue;
    assert.ok(fieldsAt(KINDS[kind].schema, named.slice(0, -1)).includes(last), `${kind} ${path}`);
  }
});

test('a Kubernetes field without a meaning is named once', () => {
  const spec =
    '{selector: {}, template: {spec: {containers: [{name: a, image: x}, {name: b, image: z}], volumes: []}}}';
  assert.deepEqual(codes('Deployment', spec), ['WFT0110']);
});
