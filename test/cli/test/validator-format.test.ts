import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { plainEqual } from '../../../cli/test/plain-equal.ts';
import { readTestFile } from '../../../cli/test/read-test-file.ts';
import { runCases } from '../../../cli/test/run-cases.ts';
import { virtualServiceMesh } from '../../../cli/test/virtual-service-mesh.ts';
import { writtenRules } from '../../../cli/test/written-rules.ts';
import { questionMesh } from '../../support/question-mesh.ts';

const virtualServices = `apiVersion: networking.istio.io/v1alpha3
kind: VirtualService
metadata: { name: users, namespace: shop }
spec:
  hosts: [www.shop.test, shop.test]
  http:
    - match: [{ uri: { regex: '/users(/.*)?' }, headers: { x-type: { exact: qa } } }]
      route: [{ destination: { host: users.users.svc.cluster.local, port: { number: 80 } } }]
    - match: [{ uri: { prefix: /old } }]
      redirect: { uri: /new, redirectCode: 302 }
    - match: [{ uri: { prefix: /slow } }]
      fault: { delay: { percentage: { value: 10 }, fixedDelay: 5s } }
      rewrite: { uri: / }
      headers: { request: { set: { x-a: b } } }
      route: [{ destination: { host: slow } }]
    - route: [{ destination: { host: monolith } }]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: edge, namespace: shop }
spec:
  hosts: [edge.test]
  gateways: [nowhere/edge]
  http:
    - match: [{ uri: { prefix: /part } }]
      delegate: { name: part, namespace: shop }
    - route: [{ destination: { host: monolith } }]
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: part, namespace: shop }
spec:
  http:
    - route: [{ destination: { host: part } }]
`;

const mesh = questionMesh(virtualServices);

function failures(testCase: string): string[] {
  const ruleOf = writtenRules(mesh.resources);
  const { cases, diagnostics } = readTestFile(
    { file: 't.yaml', text: `testCases:\n  - ${testCase}\n` },
    ruleOf,
  );
  assert.deepEqual(diagnostics, []);
  const meshes = {
    mesh: mesh.snapshots,
    virtualServices: () => virtualServiceMesh(mesh.resources),
    gateway: 'workerd' as const,
  };
  const results = runCases(cases, meshes, () => undefined);
  return results.flatMap((one) => one.failures.map(({ message, request }) => `${request}: ${message}`));
}

const users = 'route: [{ destination: { host: users.users.svc.cluster.local, port: { number: 80 } } }]';
const monolith = 'route: [{ destination: { host: monolith } }]';
const qa =
  'request: { authority: [www.shop.test, shop.test], method: [GET, POST], uri: [/users, /users/7], headers: { x-type: qa } }';
const other = 'request: { authority: [shop.test], method: [GET], uri: [/users] }';
const at = (uri: string, authority = 'shop.test') =>
  `request: { authority: [${authority}], method: [GET], uri: [${uri}] }`;

describe('test cases of istio-config-validator', () => {
  const pass: readonly (readonly [what: string, testCase: string])[] = [
    ['every combination reaches its route', `{ wantMatch: true, ${qa}, ${users} }`],
    ['the rest goes to the rest', `{ wantMatch: true, ${other}, ${monolith} }`],
    ['wantMatch: false finds another route', `{ wantMatch: false, ${other}, ${users} }`],
    ['no wantMatch is wantMatch: false', `{ ${other}, ${users} }`],
    ['a redirect', `{ wantMatch: true, ${at('/old/x')}, redirect: { uri: /new, redirectCode: 302 } }`],
    [
      'a rewrite, a fault and headers',
      `{ wantMatch: true, ${at('/slow')}, rewrite: { uri: / }, fault: { delay: { percentage: { value: 10 }, fixedDelay: 5s } }, headers: { request: { set: { x-a: b } } } }`,
    ],
    ['a gateway that nobody declares', `{ wantMatch: true, ${at('/x', 'edge.test')}, ${monolith} }`],
    [
      'a delegate',
      `{ wantMatch: true, ${at('/part', 'edge.test')}, delegate: { name: part, namespace: shop }, route: [{ destination: { host: part } }] }`,
    ],
    ['a host without a route', `{ wantMatch: true, ${at('/x', 'none.test')} }`],
  ];
  for (const [what, testCase] of pass) test(`hold: ${what}`, () => assert.deepEqual(failures(testCase), []));

  const fail: readonly (readonly [what: string, testCase: string, count: number, message: RegExp])[] = [
    [
      'another route',
      `{ wantMatch: true, ${qa}, ${monolith} }`,
      8,
      /GET http:\/\/www\.shop\.test\/users: route: expected .*monolith.*, got .*users\.users/,
    ],
    ['what wantMatch: false must not find', `{ ${other}, ${monolith} }`, 1, /wantMatch: false must not find/],
    [
      'another redirect',
      `{ wantMatch: true, ${at('/old')}, redirect: { uri: /newer } }`,
      1,
      /redirect: expected/,
    ],
    [
      'another delegate',
      `{ wantMatch: true, ${at('/x', 'edge.test')}, delegate: { name: part } }`,
      1,
      /delegate: expected part, got VirtualService\/shop\/edge/,
    ],
  ];
  for (const [what, testCase, count, message] of fail)
    test(`fail on ${what}`, () => {
      const found = failures(testCase);
      assert.equal(found.length, count, found.join('\n'));
      assert.match(found[0] ?? '', message);
    });

  test('compare as protobuf does: a missing field, zero and empty are one thing', () => {
    assert.ok(plainEqual([{ a: 1, weight: 0, list: [] }], [{ a: 1 }]));
    assert.ok(plainEqual({ b: 1, a: { c: '' } }, { b: 1 }));
    assert.ok(!plainEqual([{ a: 1 }], [{ a: 2 }]));
    assert.ok(!plainEqual([{ a: 1 }, { a: 2 }], [{ a: 2 }, { a: 1 }]));
  });
});
