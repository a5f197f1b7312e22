import { MESH } from '../compile/gateway-name.ts';
import { visibleFrom } from '../compile/visibility.ts';
import { fullHost } from '../resource/host-name.ts';
import type { FieldPath, Resource } from '../resource/resource.ts';
import { finding } from './finding.ts';
import type { AnalysisRule, Inventory } from './inventory.ts';

/** WFT0507: a VirtualService or DestinationRule changes, for others too, how a host of another namespace is reached. */
export const foreignHost: AnalysisRule = (inventory) => [
  ...inventory.resources
    .of('VirtualService')
    .filter(({ spec }) => spec.gateways.includes(MESH))
    .flatMap((owner) =>
      owner.spec.hosts.flatMap((host, index) => judge(owner, host, ['spec', 'hosts', index], inventory)),
    ),
  ...inventory.resources
    .of('DestinationRule')
    .flatMap((owner) => judge(owner, owner.spec.host, ['spec', 'host'], inventory)),
];

type Owner = Resource<'VirtualService'> | Resource<'DestinationRule'>;

function judge(owner: Owner, host: string, path: FieldPath, { registry, mesh }: Inventory) {
  const service = registry.find(fullHost(host, owner.namespace));
  if (service?.resource.kind !== 'Service') return [];
  const { namespace } = service;
  if (namespace === owner.namespace || owner.namespace === mesh.rootNamespace) return [];
  if (!visibleFrom(namespace, owner.namespace, owner.spec.exportTo)) return [];
  const message = `${service.host} belongs to namespace ${namespace}, and this ${owner.kind} of ${owner.namespace} decides for everybody how it is reached`;
  const remedy = `move it to namespace ${namespace}, or keep it to your own clients with exportTo: ["."]`;
  return [finding('WFT0507', owner, path, message, remedy)];
}
