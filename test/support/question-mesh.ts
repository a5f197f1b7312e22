import { compileMesh } from '../../src/config/compile/compile.ts';
import { defaultMeshSettings } from '../../src/config/compile/mesh-settings.ts';
import { readConfiguration } from '../../src/config/read-configuration.ts';
import type { Resource } from '../../src/config/resource/resource.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import type { SourcePlace } from '../../src/snapshot/source-map.ts';
import { targetName } from '../../src/snapshot/target.ts';

/** A mesh of manifests, for questions to it. */
export interface QuestionMesh {
  readonly snapshots: ReadonlyMap<string, Snapshot>;
  readonly sources: ReadonlyMap<string, SourcePlace>;
  readonly resources: readonly Resource[];
  readonly revision: number;
}

/** Compiles manifests that have no errors. */
export function questionMesh(...texts: readonly string[]): QuestionMesh {
  const files = texts.map((text, i) => ({ file: i === 0 ? 'mesh.yaml' : `more-${i}.yaml`, text }));
  const { resources, diagnostics } = readConfiguration(files);
  const { snapshots, sources } = compileMesh(resources, defaultMeshSettings);
  const wrong = diagnostics.find(({ severity }) => severity === 'error');
  if (wrong) throw new Error(`${wrong.position.line}: ${wrong.message}`);
  return {
    snapshots: new Map(snapshots.map((one) => [targetName(one.target), one])),
    sources: new Map(sources),
    resources,
    revision: 0,
  };
}

/** A service with its Deployment: port 80 leads to 8080, the account is the service's name. */
export function workload(name: string, version = 'v1'): string {
  return `apiVersion: v1
kind: Service
metadata: { name: ${name} }
spec: { selector: { app: ${name} }, ports: [{ name: http, port: 80, targetPort: 8080 }] }
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: ${name} }
---
${deployment(name, version)}`;
}

/** One more version of a workload. */
export function deployment(name: string, version: string): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name}-${version} }
spec:
  selector: { matchLabels: { app: ${name}, version: ${version} } }
  template:
    metadata: { labels: { app: ${name}, version: ${version} } }
    spec: { serviceAccountName: ${name}, containers: [{ name: app, image: app }] }
`;
}

/** A plaintext gateway for every host. */
export const edgeGateway = `apiVersion: networking.istio.io/v1
kind: Gateway
metadata: { name: edge }
spec:
  selector: { istio: ingressgateway }
  servers: [{ port: { number: 80, name: http, protocol: HTTP }, hosts: ['*'] }]
`;
