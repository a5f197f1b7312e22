import { isManaged } from '../../src/config/compile/gateway-api/managed-gateway.ts';
import { resourceSet } from '../../src/config/compile/resource-set.ts';
import { ingressGateway } from '../../src/config/compile/targets.ts';
import { parseResources } from '../../src/config/parse.ts';
import type { Resource } from '../../src/config/resource/resource.ts';
import type { ManifestFile } from '../manifest-files.ts';
import type { RuntimeName } from '../runtime-paths.ts';

/** Which gateway `weft up` starts: the Worker in workerd, or the self-hosted one under a runtime. */
export type GatewayChoice =
  | { readonly kind: 'workerd' }
  | { readonly kind: 'sockets'; readonly runtime: RuntimeName };

const PLAINTEXT: ReadonlySet<string> = new Set(['HTTP', 'HTTP2', 'GRPC', 'GRPC-WEB']);

/** The server port that stands for the mesh's front door: the first plaintext HTTP one of the ingress gateway. */
export function frontPort(files: readonly ManifestFile[]): number | undefined {
  const labels = new Map(ingressGateway.labels);
  const resources = files.flatMap(({ file, text }) => parseResources(text, file).resources);
  const server = resources
    .filter((resource): resource is Resource<'Gateway'> => resource.kind === 'Gateway')
    .filter(({ spec }) => [...(spec.selector ?? [])].every(([key, value]) => labels.get(key) === value))
    .flatMap(({ spec }) => spec.servers)
    .find(({ port }) => PLAINTEXT.has(port.protocol));
  return server?.port.number ?? listenerPort(resources);
}

/** The first plaintext listener of the Gateway API's Gateways that run here. */
function listenerPort(resources: readonly Resource[]): number | undefined {
  const set = resourceSet(resources);
  return set
    .of('KubernetesGateway')
    .filter((gateway) => isManaged(gateway, set))
    .flatMap(({ spec }) => spec.listeners)
    .find(({ protocol }) => protocol === 'HTTP')?.port;
}
