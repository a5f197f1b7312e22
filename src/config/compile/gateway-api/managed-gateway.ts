import type { Resource } from '../../resource/resource.ts';
import { byName } from '../by-name.ts';
import type { ResourceSet } from '../resource-set.ts';

/** Controllers whose GatewayClasses are run here; Istio's too, so that its manifests need no change. */
export const CONTROLLERS: ReadonlySet<string> = new Set([
  'weft.dev/gateway-controller',
  'istio.io/gateway-controller',
]);

/** Classes that are there without being written. */
const BUILT_IN: ReadonlySet<string> = new Set(['weft', 'istio']);

/** Whether a Gateway is one that runs here: by the controller of its class, or by a built-in class. */
export function isManaged({ spec }: Resource<'KubernetesGateway'>, resources: ResourceSet): boolean {
  const written = byName('GatewayClass', '', spec.gatewayClassName, resources);
  return written ? CONTROLLERS.has(written.spec.controllerName) : BUILT_IN.has(spec.gatewayClassName);
}
