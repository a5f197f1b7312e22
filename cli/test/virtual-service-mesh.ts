import { compile } from '../../src/config/compile/compile.ts';
import { defaultMeshSettings } from '../../src/config/compile/mesh-settings.ts';
import { ingressGateway } from '../../src/config/compile/targets.ts';
import { parseResources } from '../../src/config/parse.ts';
import type { Resource } from '../../src/config/resource/resource.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import { type Target, targetName } from '../../src/snapshot/target.ts';

/** A workload that calls into the mesh and has nothing of its own. */
const anyone: Target = {
  kind: 'sidecar',
  namespace: 'default',
  name: 'anyone',
  serviceAccount: 'default',
  labels: [],
};

/** The VirtualServices alone: every Gateway that they name is one that takes every host in plaintext. */
export function virtualServiceMesh(resources: readonly Resource[]): Map<string, Snapshot> {
  const own = resources.filter(({ kind }) => kind !== 'Gateway');
  const all = [...own, ...parseResources(gatewayTexts(own), 'gateways.yaml').resources];
  const snapshots = [ingressGateway, anyone].map(
    (target) => compile(all, target, defaultMeshSettings).snapshot,
  );
  return new Map(snapshots.map((snapshot) => [targetName(snapshot.target), snapshot]));
}

function gatewayTexts(resources: readonly Resource[]): string {
  const names = new Set(resources.flatMap(gatewaysOf));
  return [...names].map(gatewayText).join('\n---\n');
}

/** `namespace/name` each; `mesh` is none. */
function gatewaysOf(resource: Resource): string[] {
  if (!isVirtualService(resource)) return [];
  const { spec, namespace } = resource;
  const named = [...spec.gateways, ...spec.http.flatMap(({ match }) => match.flatMap((one) => one.gateways))];
  return named
    .filter((name) => name !== 'mesh')
    .map((name) => (name.includes('/') ? name : `${namespace}/${name}`));
}

function isVirtualService(resource: Resource): resource is Resource<'VirtualService'> {
  return resource.kind === 'VirtualService';
}

/** Written as JSON, which is YAML: names of users need no quoting. */
function gatewayText(qualified: string): string {
  const [namespace = '', name = ''] = qualified.split('/', 2);
  const port = { number: 80, name: 'http', protocol: 'HTTP' };
  return JSON.stringify({
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name, namespace },
    spec: { selector: Object.fromEntries(ingressGateway.labels), servers: [{ port, hosts: ['*/*'] }] },
  });
}
