import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { answerOf, parsePrincipal, type Question } from '../../../cli/explain/question.ts';
import { type GatewayKind, MeshPath } from '../../../src/proxy/explain/mesh-path.ts';
import { deployment, edgeGateway, questionMesh, workload } from '../../support/question-mesh.ts';

const manifests = [
  workload('a'),
  workload('b'),
  deployment('b', 'v2'),
  edgeGateway,
  `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: edge }
spec:
  hosts: ['*']
  gateways: [edge]
  http: [{ route: [{ destination: { host: b } }] }]
`,
  `apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: b }
spec:
  selector: { matchLabels: { app: b } }
  rules: [{ from: [{ source: { principals: [cluster.local/ns/default/sa/a] } }] }]
`,
  `apiVersion: security.istio.io/v1
kind: RequestAuthentication
metadata: { name: a }
spec:
  selector: { matchLabels: { app: a } }
  jwtRules: [{ issuer: https://id.test, audiences: [shop], jwksUri: https://id.test/keys }]
`,
  `apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: a }
spec:
  selector: { matchLabels: { app: a } }
  rules: [{ when: [{ key: 'request.auth.claims[role]', values: [admin] }] }]
`,
];
const asked = [
  `apiVersion: v1
kind: ConfigMap
metadata: { name: istio, namespace: istio-system }
data:
  mesh: |
    extensionProviders: [{ name: ask, envoyExtAuthzHttp: { service: b.default.svc.cluster.local, port: 80 } }]
`,
  `apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: asked }
spec:
  selector: { matchLabels: { app: b } }
  action: CUSTOM
  provider: { name: ask }
  rules: [{ to: [{ operation: { paths: [/asked] } }] }]
`,
];
manifests.push(...asked);
const { snapshots } = questionMesh(manifests.join('---\n'));

function ask(question: Partial<Question>, gateway: GatewayKind = 'workerd') {
  const path = new MeshPath(snapshots.values(), gateway);
  const answer = answerOf({ method: 'GET', url: 'http://b/', headers: [], ...question }, snapshots, path);
  if ('cause' in answer) return [answer.message];
  return answer.map(
    ({ proxy, decision }) => `${proxy} ${decision.kind === 'reply' ? decision.status : decision.kind}`,
  );
}

const account = (name: string) => ({ principal: parsePrincipal(`cluster.local/ns/default/sa/${name}`) });
const b = (what: string) => [`sidecar/default/b-v1 ${what}`, `sidecar/default/b-v2 ${what}`];
const gateway = 'gateway/istio-system/istio-ingressgateway forward';

describe('a question', () => {
  const cases: readonly (readonly [
    what: string,
    question: Partial<Question>,
    answer: readonly string[],
    kind?: GatewayKind,
  ])[] = [
    ['comes through the gateway', {}, [gateway, ...b('403')]],
    ['comes from a workload', { from: 'a-v1' }, ['sidecar/default/a-v1 forward', ...b('forward')]],
    [
      'comes from a workload under another name',
      { from: 'default/a-v1', ...account('x') },
      ['sidecar/default/a-v1 forward', ...b('403')],
    ],
    [
      'as an account comes from its workload',
      account('a'),
      ['sidecar/default/a-v1 forward', ...b('forward')],
    ],
    ['as a stranger comes through the gateway', account('x'), [gateway, ...b('403')]],
    ['goes straight to a workload', { target: 'b-v1', ...account('a') }, ['sidecar/default/b-v1 forward']],
    [
      'goes straight to a workload from another',
      { target: 'b-v1', from: 'a-v1' },
      ['sidecar/default/b-v1 forward'],
    ],
    [
      'goes straight to a workload from nobody',
      { target: 'sidecar/default/b-v1' },
      ['sidecar/default/b-v1 403'],
    ],
    [
      'is refused at the door',
      { method: 'TRACE' },
      ['the proxy refuses this request: 405 method not allowed'],
    ],
    [
      'is taken to please an authorizer',
      { target: 'b-v1', url: 'http://b/asked', ...account('a') },
      ['sidecar/default/b-v1 forward'],
    ],
    [
      'may be taken to displease it',
      { target: 'b-v1', url: 'http://b/asked', ...account('a'), authorizer: 'deny' },
      ['sidecar/default/b-v1 403'],
    ],
    [
      'brings claims',
      { target: 'a-v1', claims: { iss: 'https://id.test', aud: 'shop', role: 'admin' } },
      ['sidecar/default/a-v1 forward'],
    ],
    [
      'brings claims that name no issuer',
      { target: 'a-v1', claims: { aud: ['x', 'shop'], role: 'admin' } },
      ['sidecar/default/a-v1 forward'],
    ],
    [
      'brings claims of another issuer',
      { target: 'a-v1', claims: { iss: 'https://x.test', aud: 'shop' } },
      ['sidecar/default/a-v1 401'],
    ],
    [
      'brings claims for another audience',
      { target: 'a-v1', claims: { aud: 'other' } },
      ['sidecar/default/a-v1 403'],
    ],
    [
      'brings claims that do not suffice',
      { target: 'a-v1', claims: { aud: 'shop', role: 'user' } },
      ['sidecar/default/a-v1 403'],
    ],
    [
      'brings claims that are long past',
      { target: 'a-v1', claims: { aud: 'shop', role: 'admin', exp: 1 } },
      ['sidecar/default/a-v1 forward'],
    ],
  ];
  for (const [what, question, answer, kind] of cases)
    test(what, () => assert.deepEqual(ask(question, kind), answer));

  test('behind the self-hosted gateway is asked by its identity', () => {
    const path = new MeshPath(snapshots.values(), 'sockets');
    const hops = answerOf({ method: 'GET', url: 'http://b/', headers: [] }, snapshots, path);
    assert.ok(!('cause' in hops));
    assert.match(
      hops[1]?.entries[0]?.text ?? '',
      /spiffe:\/\/cluster\.local\/ns\/istio-system\/sa\/istio-ingressgateway/,
    );
  });

  test('from nobody that there is says who there is', () => {
    const error = {
      name: 'CommandError',
      exitCode: 64,
      message: 'no workload c; there are: a-v1, b-v1, b-v2',
    };
    assert.throws(() => ask({ from: 'c' }), error);
    assert.throws(() => ask({ target: 'c' }), error);
    assert.throws(() => parsePrincipal('spiffe://UPPER/x'), { exitCode: 64, message: /is no principal/ });
    assert.throws(() => ask({ url: 'ftp://x/' }), { exitCode: 64 });
  });
});
