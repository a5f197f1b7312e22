import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openGateway, plainWorkload } from '../support/plain-workload.ts';
import { SimulatedMesh } from '../support/simulated-mesh.ts';

const app = plainWorkload('app') + openGateway;
const open = routed('');

function routed(match: string): string {
  return `
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: app }
spec:
  hosts: ["*"]
  gateways: [edge]
  http: [{ ${match} route: [{ destination: { host: app } }] }]`;
}

function policy(namespace: string, action: string, when: string): string {
  return `
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: { name: policy, namespace: ${namespace} }
spec: { action: ${action}, rules: [{ when: [${when}] }] }`;
}

/** POST http://shop.example:8080/a/b?q=1 */
async function status(yaml: string): Promise<number> {
  const url = 'http://shop.example:8080/a/b?q=1';
  return (await new SimulatedMesh(app + yaml).call({ method: 'POST', url })).status;
}

const fields: readonly (readonly [name: string, value: string, other: string])[] = [
  [':authority', 'shop.example:8080', 'shop.example'],
  [':Authority', 'Shop.Example:8080', 'example:8080'],
  ['host', 'shop.example*', 'other*'],
  ['HOST', '*:8080', '*:80'],
  [':path', '/a/b?q=1', '/a/b'],
  [':method', 'POST', 'GET'],
  [':scheme', 'http', 'https'],
];

describe('AuthorizationPolicy sees what a request is for under its header names', () => {
  for (const [name, value, other] of fields) {
    const key = `key: "request.headers[${name}]"`;
    const cases: [what: string, action: string, when: string, expected: number][] = [
      ['DENY takes effect', 'DENY', `{ ${key}, values: ["${value}"] }`, 403],
      ['DENY of another does not', 'DENY', `{ ${key}, values: ["${other}"] }`, 200],
      ['DENY spares notValues', 'DENY', `{ ${key}, notValues: ["${value}"] }`, 200],
      ['DENY of all but another takes effect', 'DENY', `{ ${key}, notValues: ["${other}"] }`, 403],
      ['ALLOW admits', 'ALLOW', `{ ${key}, values: ["${value}"] }`, 200],
      ['ALLOW excludes notValues', 'ALLOW', `{ ${key}, notValues: ["${value}"] }`, 403],
    ];
    for (const [what, action, when, expected] of cases) {
      test(`${name}: ${what}, at the gateway and at a sidecar`, async () => {
        assert.equal(await status(open + policy('istio-system', action, when)), expected);
        // The last hop has its own scheme and forwards the rest as it was.
        if (name !== ':scheme') assert.equal(await status(open + policy('default', action, when)), expected);
      });
    }
  }
});

describe('a route matches what a request is for under its header names', () => {
  const cases: [headers: string, expected: number][] = [
    ['headers: { ":authority": { exact: "Shop.Example:8080" } }', 200],
    ['headers: { ":authority": { exact: "shop.example" } }', 404],
    ['headers: { Host: { prefix: "shop." } }', 200],
    ['headers: { ":path": { exact: "/a/b?q=1" } }', 200],
    ['headers: { ":method": { exact: POST } }', 200],
    ['headers: { ":method": { exact: GET } }', 404],
    ['withoutHeaders: { ":authority": { prefix: "shop." } }', 404],
    ['withoutHeaders: { host: {} }', 404],
  ];
  for (const [headers, expected] of cases) {
    test(`${headers}: ${expected}`, async () => {
      assert.equal(await status(routed(`match: [{ ${headers} }],`)), expected);
    });
  }
});
