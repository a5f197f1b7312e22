import { MESH } from '../compile/gateway-name.ts';
import type { MeshSettings } from '../compile/mesh-settings.ts';
import type { RegistryService } from '../compile/service-registry.ts';
import { visibleFrom } from '../compile/visibility.ts';
import { fullHost } from '../resource/host-name.ts';
import type { FieldPath, Resource } from '../resource/resource.ts';
import { finding } from './finding.ts';
import type { AnalysisRule } from './inventory.ts';

/** WFT0507: a VirtualService or DestinationRule changes, for others too, how a host of another namespace is reached. */
export const foreignHost: AnalysisRule = ({ registry, target, mesh }) => ({
  VirtualService: (owner) => {
    if (!owner.spec.gateways.includes(MESH)) return [];
    return owner.spec.hosts.flatMap((host, index) =>
      judge(owner, registry.find(fullHost(host, owner.namespace)), ['spec', 'hosts', index], mesh),
    );
  },
  DestinationRule: (owner) => judge(owner, target(owner).service, ['spec', 'host'], mesh),
});

type Owner = Resource<'VirtualService'> | Resource<'DestinationRule'>;

function judge(owner: Owner, service: RegistryService | undefined, path: FieldPath, mesh: MeshSettings) {
  if (service?.resource.kind !== 'Service') return [];
  const { namespace } = service;
  if (namespace === owner.namespace || owner.namespace === mesh.rootNamespace) return [];
  if (!visibleFrom(namespace, owner.namespace, owner.spec.exportTo)) return [];
  const message = `${service.host} belongs to namespace ${namespace}, and this ${owner.kind} of ${owner.namespace} decides for everybody how it is reached`;
  const remedy = `move it to namespace ${namespace}, or keep it to your own clients with exportTo: ["."]`;
  return [finding('WFT0507', owner, path, message, remedy)];
}
