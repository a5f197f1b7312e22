import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { compile } from '../../../src/config/compile/compile.ts';
import { defaultMeshSettings } from '../../../src/config/compile/mesh-settings.ts';
import { parseResources } from '../../../src/config/parse.ts';
import type { Target } from '../../../src/snapshot/target.ts';
import { validateSnapshot } from '../../../src/snapshot/validate-snapshot.ts';

const root = (name: string) => `-----BEGIN CERTIFICATE-----\n${name}\n-----END CERTIFICATE-----\n`;
const target: Target = {
  kind: 'sidecar',
  namespace: 'default',
  name: 'client',
  serviceAccount: 'default',
  labels: [],
};
const app = `
---
apiVersion: v1
kind: Service
metadata: { name: app }
spec: { selector: { app: app }, ports: [{ name: http, port: 80 }] }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: app-v1 }
spec:
  selector: { matchLabels: { app: app } }
  template: { metadata: { labels: { app: app } }, spec: { serviceAccountName: app, containers: [{ name: app }] } }
`;

function meshConfig(config: unknown) {
  const data = { mesh: JSON.stringify(config) };
  const map = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'istio', namespace: 'istio-system' },
    data,
  };
  const { resources, diagnostics } = parseResources(JSON.stringify(map) + app, 'mesh.yaml');
  const messages = diagnostics.filter(({ severity }) => severity === 'error').map(({ message }) => message);
  return { snapshot: compile(resources, target, defaultMeshSettings).snapshot, messages };
}

describe('trust domains of a MeshConfig', () => {
  test('are in no snapshot of a mesh that has one alone', () => {
    const { snapshot } = meshConfig({});
    assert.equal('trustDomainAliases' in snapshot, false);
    assert.equal('federated' in snapshot, false);
  });

  test('aliases: servers may have a certificate of each name, and the own name is none', () => {
    const { snapshot, messages } = meshConfig({ trustDomainAliases: ['old.example', 'cluster.local'] });
    assert.deepEqual(messages, []);
    assert.deepEqual(snapshot.trustDomainAliases, ['old.example']);
    const [tls] = snapshot.clusters.flatMap((cluster) => (cluster.tls.mode === 'mesh' ? [cluster.tls] : []));
    assert.deepEqual(
      tls?.sans,
      ['cluster.local', 'old.example'].map((name) => `spiffe://${name}/ns/default/sa/app`),
    );
  });

  test('caCertificates: the roots of each other trust domain, sorted; none for a name of the mesh', () => {
    const { snapshot, messages } = meshConfig({
      trustDomainAliases: ['old.example'],
      caCertificates: [
        { pem: root('b'), trustDomains: ['partner.example', 'cluster.local'] },
        { pem: root('a'), trustDomains: ['east.example', 'old.example'] },
        { pem: root('c'), trustDomains: ['partner.example'] },
      ],
    });
    assert.deepEqual(messages, []);
    assert.deepEqual(snapshot.federated, [
      { trustDomain: 'east.example', rootsPem: root('a') },
      { trustDomain: 'partner.example', rootsPem: root('b') + root('c') },
    ]);
    assert.deepEqual(validateSnapshot(snapshot), snapshot);
  });

  const refused: readonly (readonly [what: string, config: unknown, message: RegExp])[] = [
    ['an alias that is no trust domain', { trustDomainAliases: ['Old.Example'] }, /must be a trust domain/],
    [
      'a bundle by its address',
      { caCertificates: [{ spiffeBundleUrl: 'https://x', trustDomains: ['x'] }] },
      /not fetched/,
    ],
    [
      'roots that are no PEM',
      { caCertificates: [{ pem: 'MII', trustDomains: ['x'] }] },
      /certificates in PEM/,
    ],
    [
      'roots of nobody',
      { caCertificates: [{ pem: root('a'), trustDomains: [] }] },
      /must name the trust domains/,
    ],
    [
      'certSigners',
      { caCertificates: [{ pem: root('a'), trustDomains: ['x'], certSigners: ['a'] }] },
      /there are none/,
    ],
  ];
  for (const [what, config, message] of refused)
    test(`${what} is refused`, () => assert.match(meshConfig(config).messages.join('\n'), message));
});
