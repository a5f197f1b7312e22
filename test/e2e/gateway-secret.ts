import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { freePort } from '../../cli/up/free-port.ts';
import { EdgeCa, type PemPair } from '../support/edge-certificate.ts';
import { askEdge } from '../support/edge-client.ts';
import type { RunningMesh } from '../support/running-mesh.ts';
import { until } from '../support/until.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

const secretOf = ({ cert, key }: PemPair) => `
apiVersion: v1
kind: Secret
metadata: { name: shop, namespace: istio-system }
type: kubernetes.io/tls
data: { tls.crt: ${base64(cert)}, tls.key: ${base64(key)} }
`;

const gatewayOn = (port: number) => `
apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: shop, namespace: default }
spec:
  selector: { istio: ingressgateway }
  servers:
    - port: { number: ${port}, name: https, protocol: HTTPS }
      hosts: [shop.example]
      tls: { mode: SIMPLE, credentialName: shop }
---
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: shop, namespace: default }
spec:
  hosts: [shop.example]
  gateways: [shop]
  http: [{ directResponse: { status: 200, body: { string: this is the shop } } }]
`;

/** Files below a directory with their texts as bytes would read. */
function filesBelow(folder: string): { readonly path: string; readonly text: string }[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path, text: readFileSync(path, 'latin1') }));
}

/** A Secret on its way to a self-hosted gateway, and nowhere else. */
export function secretCases(mesh: () => RunningMesh): void {
  describe('a Secret for a self-hosted gateway', () => {
    test('gets to the gateway, is replaced while it runs, and is nowhere else in plain text', async () => {
      const ca = await EdgeCa.create('edge');
      const names = ['shop.example', 'new.example'].map((value) => ({ type: 'dns' as const, value }));
      const [first, second] = [await ca.server('shop.example'), await ca.issue(...names)];
      const port = await freePort();
      const shows = (expected: readonly string[]) =>
        until('the gateway shows the certificate', async () => {
          const shown = await askEdge(port, 'shop.example', { servername: 'shop.example' });
          return (/this is the shop/.test(shown.text) && shown.names.join() === expected.join()) || undefined;
        });
      await mesh().apply(gatewayOn(port), secretOf(first));
      await shows(['shop.example']);
      const revision = await mesh().apply(secretOf(second));
      await mesh().untilGateway(revision);
      await shows(['shop.example', 'new.example']);
      const trace = second.key.split('\n').slice(1, -2).join('').slice(30, 60);
      const holders = filesBelow(mesh().state).filter(
        ({ path, text }) =>
          !path.includes('manifest-') &&
          (text.replaceAll('\\n', '').includes(trace) || text.includes(base64(second.key).slice(80, 120))),
      );
      assert.ok(holders.length <= 1, holders.map(({ path }) => path).join());
      for (const { path } of holders) {
        assert.match(path, /credentials\.json$/);
        assert.equal(statSync(path).mode & 0o777, 0o600);
      }
      const { stdout } = await mesh().weft('get', 'secret', '-o', 'yaml');
      assert.match(stdout, /kind: Secret/);
      assert.ok(!stdout.includes(base64(second.key).slice(80, 120)));
    });
  });
}
