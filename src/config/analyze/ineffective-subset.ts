import { gatewayName, MESH } from '../compile/gateway-name.ts';
import { fullHost } from '../resource/host-name.ts';
import type { Resource } from '../resource/resource.ts';
import { destinationsOf } from './destinations.ts';
import { finding } from './finding.ts';
import type { AnalysisRule } from './inventory.ts';

/** IST0140: a gateway leads to a host whose subsets only a VirtualService of the mesh chooses. */
export const ineffectiveSubset: AnalysisRule = (inventory) => {
  const choosing = new Map<string, Resource<'VirtualService'>>();
  for (const owner of inventory.resources.of('VirtualService')) {
    if (!owner.spec.gateways.includes(MESH) || !choosesSubset(owner)) continue;
    for (const host of owner.spec.hosts) {
      const full = fullHost(host, owner.namespace);
      if (!choosing.has(full)) choosing.set(full, owner);
    }
  }
  return destinationsOf(inventory).flatMap(({ owner, path, protocol, host, subset }) => {
    const chooser = choosing.get(host);
    if (protocol !== 'http' || subset !== undefined || !chooser || chooser === owner) return [];
    const gateways = owner.spec.gateways.filter((name) => name !== MESH);
    return gateways.map((name) => {
      const message = `Subset in virtual service ${chooser.namespace}/${chooser.name} has no effect on ingress gateway ${gatewayName(name, owner.namespace)} requests`;
      const remedy = `bind ${chooser.namespace}/${chooser.name} to the gateway too, or name the subset here`;
      return finding('IST0140', owner, path, message, remedy);
    });
  });
};

function choosesSubset({ spec }: Resource<'VirtualService'>): boolean {
  return spec.http.some(({ route }) => route.some(({ destination }) => destination.subset));
}
