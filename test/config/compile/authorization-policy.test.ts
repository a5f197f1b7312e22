import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compile } from '../../../src/config/compile/compile.ts';
import { defaultMeshSettings as meshSettings } from '../../../src/config/compile/mesh-settings.ts';
import { ingressGateway } from '../../../src/config/compile/targets.ts';
import { parseResources } from '../../../src/config/parse.ts';
import type { Resource } from '../../../src/config/resource/resource.ts';
import type { Policy } from '../../../src/snapshot/policy.ts';
import type { Target } from '../../../src/snapshot/target.ts';

type Spec = Resource<'AuthorizationPolicy'>['spec'];

const text = `
apiVersion: v1
kind: Service
metadata: { name: app }
spec: { selector: { app: app }, ports: [{ name: http, port: 80 }] }
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: policy }
spec: { action: DENY, rules: [{ to: [{ operation: { methods: [GET] } }] }] }
`;
const sidecar: Target = {
  kind: 'sidecar',
  namespace: 'default',
  name: 'app',
  serviceAccount: 'default',
  labels: [['app', 'app']],
};
const edge: Target = {
  ...ingressGateway,
  namespace: 'default',
  labels: [['gateway.networking.k8s.io/gateway-name', 'edge']],
};

/** Compiles the policy with fields that parsing refuses: compiling must not rely on that. */
function withSpec(change: Partial<Spec>, target: Target = sidecar, more = '') {
  const { resources } = parseResources(text + more, 'policy.yaml');
  const changed = resources.map(
    (resource): Resource =>
      resource.kind === 'AuthorizationPolicy'
        ? { ...resource, spec: { ...(resource.spec as Spec), ...change } }
        : resource,
  );
  const { snapshot, diagnostics } = compile(changed, target, meshSettings);
  const policies: readonly Policy[] = (snapshot.gateway ?? snapshot.inbound[0])?.policies ?? [];
  return { policies, codes: diagnostics.map(({ code, severity }) => `${severity} ${code}`) };
}

describe('an AuthorizationPolicy that cannot be carried out', () => {
  test('has no authorizer where the MeshConfig has no such provider', () => {
    const { policies, codes } = withSpec({ action: 'CUSTOM', provider: { name: 'opa' } });
    assert.deepEqual(codes, ['error WFT0301']);
    assert.deepEqual(
      policies.map(({ action, rules, authorizer }) => [action, rules.length, authorizer]),
      [['CUSTOM', 1, undefined]],
    );
  });

  const unknown = { key: 'experimental.envoy.filters.a[b]', values: ['c'], notValues: [] };

  test('never allows by a rule with an unknown key, and still denies everybody else', () => {
    const { policies, codes } = withSpec({ action: 'ALLOW', rules: [{ when: [unknown] }] });
    assert.deepEqual(codes, ['error WFT0301']);
    assert.deepEqual(
      policies.map(({ action, rules }) => [action, rules]),
      [['ALLOW', []]],
    );
  });

  test('denies without the unknown key', () => {
    const { policies, codes } = withSpec({ action: 'DENY', rules: [{ when: [unknown] }] });
    assert.deepEqual(codes, ['error WFT0301']);
    assert.deepEqual(
      policies[0]?.rules.map(({ when }) => when),
      [[]],
    );
  });
});

describe('a port at the gateway, which cannot see it', () => {
  const gateway = `
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: edge }
spec:
  selector: { "gateway.networking.k8s.io/gateway-name": edge }
  servers: [{ port: { number: 8080, name: http, protocol: HTTP }, hosts: ["*"] }]`;
  const on = (operation: object) => [{ to: [{ operation: { methods: ['GET'], ...operation } }] }];
  const when = { key: 'destination.port', values: ['8080'], notValues: [] };
  const cases: [what: string, rules: Spec['rules'], errors: number][] = [
    ['ports', on({ ports: ['8080'] }), 1],
    ['notPorts', on({ notPorts: ['8080'] }), 1],
    ['when', [{ to: on({})[0]?.to, when: [when] }], 1],
    ['no port', on({}), 0],
  ];
  for (const [what, rules, errors] of cases) {
    test(`${what}: ${errors} errors; DENY reaches further, ALLOW never holds`, () => {
      const denied = withSpec({ action: 'DENY', rules }, edge, gateway);
      assert.deepEqual(denied.codes, errors === 0 ? [] : ['error WFT0301']);
      const judged = denied.policies[0]?.rules[0];
      const looksAt = [...(judged?.to.flat() ?? []), ...(judged?.when ?? [])];
      assert.deepEqual(
        looksAt.map(({ attribute }) => attribute.kind),
        ['request.method'],
      );
      const allowed = withSpec({ action: 'ALLOW', rules }, edge, gateway);
      assert.equal(allowed.policies[0]?.rules.length, 1 - errors);
    });
  }

  test('is no error where the policy cannot apply: at sidecars, and where no Gateway runs', () => {
    const spec: Partial<Spec> = { action: 'DENY', rules: on({ ports: ['8080'] }) };
    assert.deepEqual(withSpec(spec, sidecar, gateway).codes, []);
    assert.deepEqual(withSpec(spec, edge).codes, []);
    const selector = { matchLabels: new Map([['app', 'app']]) };
    assert.deepEqual(withSpec({ ...spec, selector }, edge, gateway).codes, []);
  });
});

describe('targetRefs', () => {
  const cases: [what: string, kind: string, name: string, target: Target, inForce: boolean][] = [
    ['a service that leads to the workload', 'Service', 'app', sidecar, true],
    ['another service', 'Service', 'other', sidecar, false],
    ['a gateway of that name', 'Gateway', 'edge', edge, true],
    ['another gateway', 'Gateway', 'other', edge, false],
    ['a gateway, seen from a sidecar', 'Gateway', 'edge', sidecar, false],
    ['the class of all gateways, outside of the root namespace', 'GatewayClass', 'istio', edge, false],
  ];
  for (const [what, kind, name, target, inForce] of cases) {
    test(`${what}: ${inForce ? 'in force' : 'not in force'}`, () => {
      assert.equal(withSpec({ targetRefs: [{ kind, name }] }, target).policies.length, inForce ? 1 : 0);
    });
  }
});
