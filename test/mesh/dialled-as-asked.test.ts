import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { plainWorkload } from '../support/plain-workload.ts';
import { SimulatedMesh } from '../support/simulated-mesh.ts';

const mesh = `${plainWorkload('app')}apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: { name: outside }
spec:
  hosts: ["*.outside.example"]
  ports: [{ number: 80, name: http, protocol: HTTP }]
  resolution: NONE
---
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: edge }
spec:
  selector: { istio: ingressgateway }
  servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: ["*"] }]
`;
const passthrough = `
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: { name: app }
spec: { host: app, trafficPolicy: { loadBalancer: { simple: PASSTHROUGH } } }`;

function routed(host: string, gateway: string): string {
  return `
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: all }
spec:
  hosts: ["${gateway === 'mesh' ? 'asked.example' : '*'}"]
  gateways: [${gateway}]
  http: [{ route: [{ destination: { host: "${host}", port: { number: 80 } } }] }]`;
}

describe('a client of the gateway never chooses whom it dials', () => {
  const cases: [what: string, yaml: string][] = [
    ['PASSTHROUGH', passthrough + routed('app', 'edge')],
    ['resolution NONE', routed('*.outside.example', 'edge')],
  ];
  for (const [what, yaml] of cases) {
    for (const host of ['169.254.169.254', 'app', 'a.outside.example']) {
      test(`${what}, Host: ${host}: 503 without an attempt`, async () => {
        const { status, flags, attempts } = await new SimulatedMesh(mesh + yaml).call({
          url: `http://${host}/`,
        });
        assert.deepEqual([status, flags, attempts], [503, 'NC', 0]);
      });
    }
  }
});

describe('a workload is dialled through to what its cluster stands for', () => {
  const asked = routed('*.outside.example', 'mesh');
  // Nobody is there in the simulation: attempts are what shows that it was dialled.
  const cases: [what: string, yaml: string, host: string, flags: string, attempts: number][] = [
    ['a name of the entry', '', 'a.outside.example', 'UF,URX', 3],
    ['another name that a route sends there', asked, 'asked.example', 'UH', 0],
    ['a host that nobody declared', '', '169.254.169.254', 'UF', 1],
    ['a mesh service with PASSTHROUGH', passthrough, 'app', 'NC', 0],
  ];
  for (const [what, yaml, host, flags, attempts] of cases) {
    test(`${what}: ${attempts} attempts`, async () => {
      const result = await new SimulatedMesh(mesh + yaml).call({ from: 'app', url: `http://${host}/` });
      assert.deepEqual([result.status, result.flags, result.attempts], [503, flags, attempts]);
    });
  }
});
