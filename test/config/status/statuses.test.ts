import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { analyze } from '../../../src/config/analyze/analyze.ts';
import { writtenKind } from '../../../src/config/resource/kinds.ts';
import type { Condition } from '../../../src/config/status/condition.ts';
import { type ResourceStatus, statuses } from '../../../src/config/status/statuses.ts';
import { resourcesOf } from '../../support/parsed.ts';

const document = (kind: string, name: string, spec: string, namespace = 'default') =>
  `apiVersion: gateway.networking.k8s.io/v1\nkind: ${kind}\nmetadata: { name: ${name}, namespace: ${namespace} }\nspec: ${spec}\n---\n`;

const LISTENER = '{ name: http, port: 80, protocol: HTTP, hostname: "*.example" }';
const GATEWAY = document('Gateway', 'edge', `{ gatewayClassName: weft, listeners: [${LISTENER}] }`);
const SERVICES = `
apiVersion: v1
kind: Service
metadata: { name: a, namespace: default }
spec: { ports: [{ port: 80 }] }
---
apiVersion: v1
kind: Service
metadata: { name: c, namespace: shop }
spec: { ports: [{ port: 80 }] }
---
`;

function found(text: string, kind: string): ResourceStatus {
  const one = statuses(resourcesOf(SERVICES + text)).find((status) => writtenKind(status.kind) === kind);
  assert.ok(one, `no status of a ${kind}`);
  return one;
}

const brief = (conditions: readonly Condition[]) =>
  conditions.map(({ type, status, reason }) => `${type} ${status} ${reason}`);

function routeConditions(spec: string, namespace = 'default'): readonly string[] {
  const { status } = found(GATEWAY + document('HTTPRoute', 'r', spec, namespace), 'HTTPRoute');
  assert.ok('parents' in status);
  return status.parents.flatMap(({ conditions }) => brief(conditions));
}

describe('a route is accepted, or it is said why not', () => {
  const rules = 'rules: [{ backendRefs: [{ name: a, port: 80 }] }]';
  const cases: readonly (readonly [title: string, spec: string, accepted: string, namespace?: string])[] = [
    ['attached', `{ parentRefs: [{ name: edge }], ${rules} }`, 'True Accepted'],
    [
      'another section',
      `{ parentRefs: [{ name: edge, sectionName: x }], ${rules} }`,
      'False NoMatchingParent',
    ],
    ['another port', `{ parentRefs: [{ name: edge, port: 81 }], ${rules} }`, 'False NoMatchingParent'],
    [
      'another host',
      `{ parentRefs: [{ name: edge }], hostnames: [x.org], ${rules} }`,
      'False NoMatchingListenerHostname',
    ],
    [
      'another namespace',
      '{ parentRefs: [{ name: edge, namespace: default }], rules: [{ backendRefs: [{ name: c, port: 80 }] }] }',
      'False NotAllowedByListeners',
      'shop',
    ],
    ['a Service', `{ parentRefs: [{ group: "", kind: Service, name: a }], ${rules} }`, 'True Accepted'],
    [
      'a Service that is not there',
      `{ parentRefs: [{ group: "", kind: Service, name: x }], ${rules} }`,
      'False NoMatchingParent',
    ],
  ];
  for (const [title, spec, accepted, namespace] of cases)
    test(title, () =>
      assert.deepEqual(routeConditions(spec, namespace), [
        `Accepted ${accepted}`,
        'ResolvedRefs True ResolvedRefs',
      ]),
    );

  test('a parent that is somebody else’s has no entry', () => {
    assert.deepEqual(routeConditions(`{ parentRefs: [{ name: theirs }], ${rules} }`), []);
  });
});

describe('references are resolved, or it is said why not', () => {
  const cases: readonly (readonly [backend: string, resolved: string])[] = [
    ['{ name: a, port: 80 }', 'True ResolvedRefs'],
    ['{ name: a, port: 81 }', 'False BackendNotFound'],
    ['{ name: x, port: 80 }', 'False BackendNotFound'],
    ['{ name: c, namespace: shop, port: 80 }', 'False RefNotPermitted'],
    ['{ group: example.com, kind: Thing, name: a }', 'False InvalidKind'],
  ];
  for (const [backend, resolved] of cases)
    test(backend, () => {
      const spec = `{ parentRefs: [{ name: edge }], rules: [{ backendRefs: [${backend}] }] }`;
      assert.equal(routeConditions(spec)[1], `ResolvedRefs ${resolved}`);
    });
});

describe('listeners of a Gateway', () => {
  const cases: readonly (readonly [listeners: string, conditions: readonly string[]])[] = [
    [
      '{ name: a, port: 80, protocol: HTTP }',
      [
        'Accepted True Accepted',
        'ResolvedRefs True ResolvedRefs',
        'Conflicted False NoConflicts',
        'Programmed True Programmed',
      ],
    ],
    [
      '{ name: b, port: 81, protocol: TCP }, { name: a, port: 81, protocol: HTTP }',
      [
        'Accepted False ProtocolConflict',
        'ResolvedRefs True ResolvedRefs',
        'Conflicted True ProtocolConflict',
        'Programmed False Invalid',
      ],
    ],
    [
      '{ name: a, port: 80, protocol: UDP }',
      [
        'Accepted False UnsupportedProtocol',
        'ResolvedRefs True ResolvedRefs',
        'Conflicted False NoConflicts',
        'Programmed False Invalid',
      ],
    ],
    [
      '{ name: a, port: 80, protocol: HTTP, allowedRoutes: { kinds: [{ kind: TCPRoute }] } }',
      [
        'Accepted True Accepted',
        'ResolvedRefs False InvalidRouteKinds',
        'Conflicted False NoConflicts',
        'Programmed False Invalid',
      ],
    ],
    [
      '{ name: a, port: 443, protocol: HTTPS, tls: { certificateRefs: [{ name: missing }] } }',
      [
        'Accepted True Accepted',
        'ResolvedRefs False InvalidCertificateRef',
        'Conflicted False NoConflicts',
        'Programmed False Invalid',
      ],
    ],
    [
      '{ name: a, port: 443, protocol: HTTPS, tls: { options: { weft.dev/certificate-file: a, weft.dev/private-key-file: b } } }',
      [
        'Accepted True Accepted',
        'ResolvedRefs True ResolvedRefs',
        'Conflicted False NoConflicts',
        'Programmed True Programmed',
      ],
    ],
  ];
  for (const [listeners, conditions] of cases)
    test(listeners, () => {
      const text = document('Gateway', 'edge', `{ gatewayClassName: weft, listeners: [${listeners}] }`);
      const { status } = found(text, 'Gateway');
      assert.ok('listeners' in status);
      assert.deepEqual(brief(status.listeners.at(-1)?.conditions ?? []), conditions);
    });

  test('count the routes that they take', () => {
    const route = document(
      'HTTPRoute',
      'r',
      '{ parentRefs: [{ name: edge }], rules: [{ backendRefs: [{ name: a, port: 80 }] }] }',
    );
    const { status } = found(GATEWAY + route, 'Gateway');
    assert.ok('listeners' in status);
    assert.deepEqual(
      status.listeners.map(({ attachedRoutes }) => attachedRoutes),
      [1],
    );
  });
});

test('what a Gateway does not take is found by the analysis', () => {
  const text =
    GATEWAY +
    document(
      'HTTPRoute',
      'lost',
      '{ parentRefs: [{ name: egde }], rules: [{ backendRefs: [{ name: a, port: 80 }] }] }',
    ) +
    document(
      'HTTPRoute',
      'host',
      '{ parentRefs: [{ name: edge }], hostnames: [x.org], rules: [{ backendRefs: [{ name: a, port: 80 }] }] }',
    );
  const said = analyze(resourcesOf(SERVICES + text))
    .filter(({ code }) => code === 'WFT0211')
    .map(({ resource, path }) => `${resource} ${path}`);
  assert.deepEqual(said, [
    'HTTPRoute default/lost spec.parentRefs[0].name',
    'HTTPRoute default/host spec.parentRefs[0]',
  ]);
});
