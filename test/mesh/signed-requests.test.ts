import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compileMesh } from '../../src/config/compile/compile.ts';
import { defaultMeshSettings } from '../../src/config/compile/mesh-settings.ts';
import { activate } from '../../src/proxy/activate.ts';
import { applyEdits } from '../../src/proxy/decide/apply-edits.ts';
import type { Connection } from '../../src/proxy/decide/connection.ts';
import { resourcesOf } from '../support/parsed.ts';
import { plainWorkload } from '../support/plain-workload.ts';
import { buildConnection, buildRequest, fixedInputs } from '../support/snapshot.ts';

const YAML = `${plainWorkload('app')}
apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata: { name: default }
spec: { mtls: { mode: STRICT } }
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: signed-bodies-only }
spec:
  action: DENY
  rules: [{ when: [{ key: "request.headers[x-weft-digest]", values: [none] }] }]
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: gateway-only }
spec:
  rules: [{ from: [{ source: { principals: [cluster.local/ns/istio-system/sa/gateway] } }] }]
`;

const { snapshots } = compileMesh(resourcesOf(YAML), defaultMeshSettings);
const snapshot = snapshots.find(({ target }) => target.kind === 'sidecar') ?? assert.fail('no sidecar');
const sidecar = activate(snapshot);
const port = snapshot.inbound[0]?.port ?? 0;

/** What becomes of a request, and the fields that the application sees. */
function decided(
  security: Connection['security'],
  account: string | undefined,
  headers: readonly (readonly [string, string])[] = [],
) {
  const peer = account === undefined ? {} : { peer: `cluster.local/ns/istio-system/sa/${account}` };
  const request = buildRequest('app/', headers);
  const decision = sidecar.decide(
    request,
    buildConnection('inbound', { port, ...peer, security }),
    fixedInputs(),
  );
  if (decision.kind === 'reply') return decision.status;
  if (decision.kind !== 'forward') return decision.kind;
  return [...applyEdits(request, decision.requestEdits).headers].map(([name]) => name).sort();
}

describe('a sidecar in mode STRICT', () => {
  const digest = [['x-weft-digest', 'none']] as const;

  test('takes the signer of a request for its peer', () => {
    assert.deepEqual(decided('signed_request', 'gateway'), ['x-forwarded-client-cert']);
    assert.equal(decided('signed_request', 'other'), 403);
    assert.equal(decided('none', undefined), 0);
  });

  test('lets policies judge that the body of a signed request is not signed', () => {
    assert.equal(decided('signed_request', 'gateway', digest), 403);
    assert.deepEqual(decided('signed_request', 'gateway', [['x-weft-digest', 'x']]), [
      'x-forwarded-client-cert',
      'x-weft-digest',
    ]);
  });

  test('takes no such word from a peer of mutual TLS, and no other of the mesh from anybody', () => {
    assert.deepEqual(decided('mutual_tls', 'gateway', digest), ['x-forwarded-client-cert']);
    const claims = [
      ['x-weft-src', 'x'],
      ['x-weft-peer', 'x'],
      ['x_weft_digest', 'none'],
    ] as const;
    for (const security of ['signed_request', 'mutual_tls'] as const)
      assert.deepEqual(decided(security, 'gateway', claims), ['x-forwarded-client-cert']);
  });
});
