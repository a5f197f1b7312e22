import type { FieldPath, Resource } from '../resource/resource.ts';
import { finding } from './finding.ts';
import type { AnalysisRule } from './inventory.ts';

const RESERVED = 1337;

/** Containers of the mesh itself. */
const OWN = new Set(['istio-proxy', 'istio-init', 'istio-validation', 'enable-core-dump']);

/** IST0144: an application runs as user 1337, whose connections interception lets pass. */
export const reservedUser: AnalysisRule = ({ resources }) => [
  ...resources.of('Pod').flatMap((pod) => judge(pod, pod.spec, ['spec'])),
  ...resources
    .of('Deployment')
    .flatMap((deployment) => judge(deployment, deployment.spec.template.spec, ['spec', 'template', 'spec'])),
];

type PodSpec = Resource<'Pod'>['spec'];

function judge(owner: Resource, spec: PodSpec, path: FieldPath) {
  const at = runsAsReserved(spec.securityContext)
    ? path
    : spec.containers.flatMap(({ name, securityContext }, index) =>
        !OWN.has(name) && runsAsReserved(securityContext) ? [[...path, 'containers', index]] : [],
      )[0];
  if (at === undefined) return [];
  const message = 'User ID (UID) 1337 is reserved for the sidecar proxy.';
  return [finding('IST0144', owner, [...at, 'securityContext', 'runAsUser'], message, 'run as another user')];
}

function runsAsReserved(context: unknown): boolean {
  return typeof context === 'object' && context !== null && Reflect.get(context, 'runAsUser') === RESERVED;
}
