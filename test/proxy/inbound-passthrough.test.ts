import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compile } from '../../src/config/compile/compile.ts';
import { defaultMeshSettings } from '../../src/config/compile/mesh-settings.ts';
import { targetsOf } from '../../src/config/compile/targets.ts';
import { activate } from '../../src/proxy/activate.ts';
import { validateSnapshot } from '../../src/snapshot/validate-snapshot.ts';
import { serviceOf } from '../support/control-parts.ts';
import { resourcesOf } from '../support/parsed.ts';
import { buildConnection, buildRequest, fixedInputs } from '../support/snapshot.ts';

const SECURITY = 'security.istio.io/v1';
const policies = `
{apiVersion: ${SECURITY}, kind: PeerAuthentication, metadata: {name: p}, spec: {selector: {matchLabels: {app: a}}, mtls: {mode: STRICT}, portLevelMtls: {9000: {mode: DISABLE}, 8080: {mode: PERMISSIVE}}}}
---
{apiVersion: ${SECURITY}, kind: AuthorizationPolicy, metadata: {name: q}, spec: {action: DENY, rules: [{to: [{operation: {paths: [/secret]}}]}]}}
`;

test('a workload port that nobody declared has the modes and policies of the workload, and no cluster', () => {
  const resources = resourcesOf(`${serviceOf('a')}\n---\n${policies}`);
  const target = targetsOf(resources).find(({ name }) => name === 'a-v1') ?? assert.fail();
  const { snapshot } = compile(resources, target, defaultMeshSettings);
  const active = activate(validateSnapshot(JSON.parse(JSON.stringify(snapshot))));
  assert.deepEqual(
    [8080, 9000, 7000].map((port) => [active.inbound(port)?.mtls, active.inbound(port)?.cluster]),
    [
      ['PERMISSIVE', 'inbound|8080||'],
      ['DISABLE', 'InboundPassthroughCluster'],
      ['STRICT', 'InboundPassthroughCluster'],
    ],
  );
  assert.equal(active.clusters.has('InboundPassthroughCluster'), false);
  const ask = (path: string) =>
    active.decide(
      buildRequest(`a${path}`),
      buildConnection('inbound', { port: 9000, security: 'none' }),
      fixedInputs(0),
    );
  assert.equal(ask('/').kind, 'forward');
  const denied = ask('/secret');
  assert.equal(denied.kind === 'reply' && denied.status, 403);
});
