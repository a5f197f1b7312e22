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
  return files
    .flatMap(({ file, text }) => parseResources(text, file).resources)
    .filter((resource): resource is Resource<'Gateway'> => resource.kind === 'Gateway')
    .filter(({ spec }) => [...(spec.selector ?? [])].every(([key, value]) => labels.get(key) === value))
    .flatMap(({ spec }) => spec.servers)
    .find(({ port }) => PLAINTEXT.has(port.protocol))?.port.number;
}
