import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serviceOf } from '../support/control-parts.ts';
import { SimulatedMesh } from '../support/simulated-mesh.ts';

const API = 'networking.istio.io/v1';
const yaml = [
  serviceOf('a', [
    [80, 7000],
    [81, 8080],
  ]),
  serviceOf('client'),
  `{apiVersion: ${API}, kind: Gateway, metadata: {name: edge}, spec: {selector: {istio: ingressgateway}, servers: [{hosts: ["*"], port: {number: 80, name: http, protocol: HTTP}}]}}`,
  `{apiVersion: ${API}, kind: VirtualService, metadata: {name: v}, spec: {hosts: ["*"], gateways: [edge], http: [
     {match: [{uri: {prefix: /admin}}], route: [{destination: {host: a, port: {number: 81}}}]},
     {route: [{destination: {host: a, port: {number: 80}}}]}]}}`,
].join('\n---\n');
const strict = `{apiVersion: security.istio.io/v1, kind: PeerAuthentication, metadata: {name: p}, spec: {selector: {matchLabels: {app: a}}, portLevelMtls: {8080: {mode: STRICT}}}}`;

test('the gateway’s route to a second port is never judged by the policies of the first', async () => {
  for (const policy of ['', `---\n${strict}`]) {
    const mesh = new SimulatedMesh(`${yaml}\n${policy}`);
    assert.equal((await mesh.call({ url: 'http://x.com/' })).status, 200);
    const refused = await mesh.call({ url: 'http://x.com/admin' });
    assert.deepEqual([refused.status, refused.flags, refused.workload], [503, 'UH', '']);
    const within = await mesh.call({ from: 'client-v1', url: 'http://a:81/' });
    assert.deepEqual([within.status, within.workload], [200, 'a-v1']);
  }
});
