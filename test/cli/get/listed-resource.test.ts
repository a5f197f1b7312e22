import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isKind, renderResources } from '../../../cli/command/get.ts';
import { type ListedResource, statusText, withStatus } from '../../../cli/get/listed-resource.ts';
import { parseResources } from '../../../src/config/parse.ts';
import { statuses } from '../../../src/config/status/statuses.ts';
import { resourcesOf } from '../../support/parsed.ts';

const yaml = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: { name: edge, namespace: default } # of the shop
spec:
  gatewayClassName: weft
  listeners:
    - { name: http, port: 80, protocol: HTTP }
    - { name: https, port: 443, protocol: HTTPS, tls: { certificateRefs: [{ name: missing }] } }
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: { name: shop, namespace: default }
spec:
  parentRefs: [{ name: edge }]
  rules: [{ backendRefs: [{ name: nobody, port: 80 }] }]
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: istios, namespace: default }
spec: { servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: ['*'] }] }
`;

function listed(): ListedResource[] {
  const resources = resourcesOf(yaml);
  const all = statuses(resources);
  return resources.map(({ kind, namespace, name, origin }) => {
    const status = all.find((one) => one.kind === kind && one.name === name)?.status;
    return { kind, namespace, name, file: 'a.yaml', line: 1, text: origin.text, ...(status && { status }) };
  });
}

const named = (name: string): ListedResource => {
  const found = listed().find((one) => one.name === name);
  assert.ok(found);
  return found;
};

describe('weft get', () => {
  test('shows a resource of the Gateway API with its status, and what comes out can be applied', () => {
    const text = withStatus(named('edge'));
    assert.match(text, /# of the shop/);
    assert.match(text, /status:\n {2}conditions:\n {4}- type: Accepted\n {6}status: "?True/);
    const again = parseResources(text, 'again.yaml');
    assert.deepEqual(
      again.diagnostics.filter(({ severity }) => severity === 'error'),
      [],
    );
    assert.deepEqual(again.resources[0]?.spec, resourcesOf(yaml)[0]?.spec);
    assert.equal(withStatus(named('istios')), named('istios').text.trim());
  });

  test('tells in a column what does not hold', () => {
    assert.equal(statusText(named('edge')), 'Accepted, Programmed');
    assert.equal(statusText(named('shop')), 'not ResolvedRefs (BackendNotFound)');
    assert.equal(statusText(named('istios')), '-');
    const wide = renderResources(listed(), 'wide').split('\n');
    assert.match(wide[0] ?? '', /^KIND +NAMESPACE +NAME +STATUS +FROM$/);
    assert.match(wide[1] ?? '', /^Gateway +default +edge +Accepted, Programmed +a\.yaml:1$/);
    assert.doesNotMatch(renderResources(listed(), 'table'), /STATUS/);
    assert.match(renderResources([named('shop')], 'table'), /STATUS/);
  });

  test('knows kinds by their names', () => {
    for (const wish of ['gateway', 'Gateways'])
      assert.deepEqual(
        listed().map(({ kind }) => isKind(kind, wish)),
        [true, false, true],
        wish,
      );
    for (const wish of ['serviceentry', 'serviceentries', 'ServiceEntry'])
      assert.ok(isKind('ServiceEntry', wish));
    assert.ok(!isKind('Service', 'serviceentry'));
  });
});
