import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileMesh } from '../../../src/config/compile/compile.ts';
import { defaultMeshSettings as meshSettings } from '../../../src/config/compile/mesh-settings.ts';
import { resourcesOf } from '../../support/parsed.ts';

const MESH = `
apiVersion: v1
kind: Service
metadata: { name: orders, namespace: shop }
spec:
  selector: { app: orders }
  ports:
    - { port: 80, name: http, targetPort: 8080 }
    - { port: 81, name: grpc-orders, targetPort: 9000 }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: orders, namespace: shop }
spec:
  selector: { matchLabels: { app: orders } }
  template:
    metadata: { labels: { app: orders } }
    spec: { containers: [{ name: orders }] }
`;

test('an application is spoken to as its service port says', () => {
  const { snapshots } = compileMesh(resourcesOf(MESH), meshSettings);
  const sidecar = snapshots.find(({ target }) => target.kind === 'sidecar');
  const inbound = sidecar?.clusters.filter(({ name }) => name.startsWith('inbound|'));
  assert.deepEqual(
    inbound?.map(({ name, protocol }) => [name, protocol]),
    [
      ['inbound|8080||', 'http1'],
      ['inbound|9000||', 'http2'],
    ],
  );
});
