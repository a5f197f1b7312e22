import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { stringify } from 'yaml';
import { defaultMeshSettings } from '../../../src/config/compile/mesh-settings.ts';
import { convert, type Form } from '../../../src/config/convert/convert.ts';
import { parseResources } from '../../../src/config/parse.ts';
import type { Resource } from '../../../src/config/resource/resource.ts';
import { activeGateway, differences } from '../../support/gateway-differences.ts';
import { resourcesOf } from '../../support/parsed.ts';
import { missingThirdParty, thirdParty } from '../../support/third-party.ts';

/** The resources after conversion, read from their text, and what was said. */
function converted(resources: readonly Resource[], to: Form) {
  const { documents, kept, diagnostics } = convert(resources, to, defaultMeshSettings);
  const text = documents.map((one) => stringify(one)).join('---\n');
  const parsed = parseResources(text, 'converted.yaml');
  const errors = parsed.diagnostics.filter(({ severity }) => severity === 'error');
  assert.deepEqual(
    errors.map(({ message }) => message),
    [],
    text,
  );
  return { resources: [...kept, ...parsed.resources], text, notes: diagnostics };
}

const services = ['a', 'b']
  .map(
    (name) => `
apiVersion: v1
kind: Service
metadata: { name: ${name}, namespace: shop }
spec: { selector: { app: ${name} }, ports: [{ port: 80, name: http, targetPort: 8080 }] }
---
`,
  )
  .join('');

const gatewayApi = `${services}
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: edge, namespace: shop }
spec:
  gatewayClassName: weft
  listeners:
    - { name: http, port: 80, protocol: HTTP }
    - { name: shop, port: 80, protocol: HTTP, hostname: '*.shop.example' }
    - { name: alt, port: 8080, protocol: HTTP, hostname: alt.example }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: main, namespace: shop }
spec:
  parentRefs: [{ name: edge }]
  hostnames: [www.shop.example, alt.example, plain.example]
  rules:
    - matches: [{ path: { value: / } }]
      backendRefs: [{ name: a, port: 80 }]
    - matches:
        - { path: { value: /list }, method: GET }
        - { path: { value: /cart/items, type: Exact }, headers: [{ name: X-User, value: ann }] }
      backendRefs: [{ name: b, port: 80 }]
    - matches: [{ path: { value: /cart }, method: POST }]
      filters:
        - type: RequestHeaderModifier
          requestHeaderModifier: { set: [{ name: x-a, value: 100% }], add: [{ name: x-b, value: c }], remove: [x-c] }
        - type: URLRewrite
          urlRewrite: { hostname: inner.example, path: { type: ReplacePrefixMatch, replacePrefixMatch: /v2 } }
      timeouts: { request: 1500ms }
      backendRefs: [{ name: a, port: 80, weight: 1 }, { name: b, port: 80, weight: 3 }]
    - matches: [{ path: { value: /old }, queryParams: [{ name: q, value: '1' }] }]
      filters:
        - type: RequestRedirect
          requestRedirect: { scheme: https, statusCode: 301, path: { type: ReplacePrefixMatch, replacePrefixMatch: /new } }
    - matches: [{ path: { value: '/v[0-9]+', type: RegularExpression } }]
      filters: [{ type: RequestMirror, requestMirror: { backendRef: { name: b, port: 80 }, percent: 50 } }]
      retry: { attempts: 3, codes: [503], backoff: 100ms }
      backendRefs: [{ name: b, port: 80 }]
    - matches: [{ path: { value: /gone } }]
      backendRefs: [{ name: nobody, port: 80 }]
`;

const istio = `${services}
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: edge, namespace: shop }
spec:
  selector: { istio: ingressgateway }
  servers:
    - { port: { number: 80, name: http, protocol: HTTP }, hosts: ['shop.example', '*.wide.example'] }
    - { port: { number: 8081, name: alt, protocol: HTTP }, hosts: ['*'] }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: shop, namespace: shop }
spec:
  hosts: [shop.example, x.wide.example]
  gateways: [edge]
  http:
    - match: [{ uri: { exact: /login }, method: { exact: POST } }, { uri: { exact: /logout } }]
      route: [{ destination: { host: a } }]
      timeout: 2s
      retries: { attempts: 0 }
    - match: [{ uri: { exact: /old } }]
      redirect: { uri: /new, authority: new.example, port: 8443 }
    - match: [{ uri: { exact: /page }, headers: { x-user: { prefix: an } } }]
      rewrite: { uri: /inner, authority: inner.example }
      headers: { request: { set: { x-a: 'b' }, remove: [x-c] }, response: { add: { x-d: e } } }
      route: [{ destination: { host: a }, weight: 20 }, { destination: { host: b }, weight: 80 }]
      mirrors: [{ destination: { host: b }, percentage: { value: 12.5 } }]
    - route: [{ destination: { host: b } }]
`;

const alike = (before: readonly Resource[], after: readonly Resource[], count = 400) => {
  const { asked, different } = differences(activeGateway(before), activeGateway(after), count, 11);
  assert.ok(asked > 0);
  assert.deepEqual(different.slice(0, 3), [], `${different.length} of ${asked}`);
};

describe('conversion', () => {
  test('of the Gateway API gives VirtualServices that decide alike', () => {
    const before = resourcesOf(gatewayApi);
    const { resources, notes } = converted(before, 'istio');
    assert.deepEqual(notes, []);
    assert.ok(resources.every(({ kind }) => kind !== 'HTTPRoute' && kind !== 'KubernetesGateway'));
    alike(before, resources);
  });

  test('of VirtualServices gives HTTPRoutes that decide alike, and so does the way back', () => {
    const before = resourcesOf(istio);
    const there = converted(before, 'gateway-api');
    assert.deepEqual(
      there.notes.map(({ message }) => message),
      [],
    );
    assert.ok(there.resources.some(({ kind }) => kind === 'HTTPRoute'));
    alike(before, there.resources);
    const back = converted(there.resources, 'istio');
    assert.deepEqual(back.notes, []);
    alike(before, back.resources);
  });

  test('says by name and place what has no counterpart, and converts nothing of that host', () => {
    const rules: readonly (readonly [rule: string, why: RegExp])[] = [
      [
        'fault: { abort: { httpStatus: 500, percentage: { value: 10 } } }, route: [{ destination: { host: a } }]',
        /faults/,
      ],
      ['directResponse: { status: 200 }', /directResponse/],
      ['route: [{ destination: { host: a, subset: v1 } }]', /subset v1/],
      ['route: [{ destination: { host: nobody.example } }]', /is no Service/],
      [
        'match: [{ withoutHeaders: { x-a: {} } }], route: [{ destination: { host: a } }]',
        /absence of header x-a/,
      ],
      [
        'match: [{ uri: { prefix: /a } }], rewrite: { uri: /b }, route: [{ destination: { host: a } }]',
        /prefix/,
      ],
      ['corsPolicy: { allowOrigins: [{ exact: "*" }] }, route: [{ destination: { host: a } }]', /preflights/],
    ];
    for (const [rule, why] of rules) {
      const yaml = istio.replace(/ {2}http:[\s\S]*$/, `  http:\n    - { ${rule} }\n`);
      const { notes, resources } = converted(resourcesOf(yaml), 'gateway-api');
      assert.ok(notes.length > 0, rule);
      for (const { message, code, resource, position } of notes) {
        assert.match(message, why);
        assert.deepEqual([code, resource], ['WFT0601', 'VirtualService shop/shop']);
        assert.equal(position.line, yaml.split('\n').findIndex((line) => line.includes(rule)) + 1);
      }
      assert.ok(!resources.some(({ kind }) => kind === 'HTTPRoute'));
    }
  });

  test('notices where the Gateway API would try a later rule first', () => {
    const yaml = istio.replace(
      / {2}http:[\s\S]*$/,
      `  http:
    - { match: [{ uri: { prefix: /a } }], route: [{ destination: { host: a } }] }
    - { match: [{ uri: { exact: /a/b } }], route: [{ destination: { host: b } }] }\n`,
    );
    const { notes } = converted(resourcesOf(yaml), 'gateway-api');
    assert.match(notes[0]?.message ?? '', /would try rule 1 before rule 0/);
  });

  test('leaves rules for the mesh as they are, and says what is lost of a resource for both', () => {
    const inside = istio.replace('gateways: [edge]', 'gateways: [mesh]');
    const left = converted(resourcesOf(inside), 'gateway-api');
    assert.deepEqual(left.notes, []);
    assert.ok(left.resources.some(({ kind }) => kind === 'VirtualService'));
    const yaml = istio.replace('gateways: [edge]', 'gateways: [edge, mesh]');
    const { notes } = converted(resourcesOf(yaml), 'gateway-api');
    assert.deepEqual(
      notes.map(({ message }) => message),
      ['its rules for calls inside the mesh are lost: write them as a resource of their own'],
    );
  });

  test('of the conformance tests of the Gateway API gives VirtualServices that decide alike', {
    skip: missingThirdParty('gateway-api-http.jsonl'),
  }, () => {
    const base = (JSON.parse(thirdParty('gateway-api-base.json')) as { gateway: string }).gateway;
    const cases = thirdParty('gateway-api-http.jsonl')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { suite: string; test: string; manifests: { text: string }[] })
      .filter(({ suite }) => suite === 'gateway');
    let asked = 0;
    for (const { test: name, manifests } of cases) {
      const text = [base, ...manifests.map((one) => one.text)]
        .join('\n---\n')
        .replaceAll('{GATEWAY_CLASS_NAME}', 'weft');
      const { resources: before } = parseResources(text, 'case.yaml');
      const after = converted(before, 'istio');
      const found = differences(activeGateway(before), activeGateway(after.resources), 30, 7);
      asked += found.asked;
      const unsaid = after.notes.length > 0 ? [] : found.different;
      assert.deepEqual(unsaid.slice(0, 2), [], name);
    }
    assert.ok(asked > 1000, String(asked));
  });
});
