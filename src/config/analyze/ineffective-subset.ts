import { gatewayName, MESH } from '../compile/gateway-name.ts';
import type { ResourceSet } from '../compile/resource-set.ts';
import { fullHost } from '../resource/host-name.ts';
import type { Resource } from '../resource/resource.ts';
import { finding } from './finding.ts';
import type { AnalysisRule } from './inventory.ts';

/** IST0140: a gateway leads to a host whose subsets only a VirtualService of the mesh chooses. */
export const ineffectiveSubset: AnalysisRule = ({ resources, destinations }) => {
  let choosing: ReadonlyMap<string, Owner> | undefined;
  return {
    VirtualService: (owner) => {
      const gateways = owner.spec.gateways.filter((name) => name !== MESH);
      if (gateways.length === 0) return [];
      choosing ??= choosingOwners(resources);
      return destinations(owner).flatMap(({ path, protocol, host, subset }) => {
        const chooser = choosing?.get(host);
        if (protocol !== 'http' || subset !== undefined || !chooser || chooser === owner) return [];
        return gateways.map((name) => {
          const message = `Subset in virtual service ${chooser.namespace}/${chooser.name} has no effect on ingress gateway ${gatewayName(name, owner.namespace)} requests`;
          const remedy = `bind ${chooser.namespace}/${chooser.name} to the gateway too, or name the subset here`;
          return finding('IST0140', owner, path, message, remedy);
        });
      });
    },
  };
};

type Owner = Resource<'VirtualService'>;

/** The oldest VirtualService of the mesh that chooses subsets for a host, by host. */
function choosingOwners(resources: ResourceSet): ReadonlyMap<string, Owner> {
  const choosing = new Map<string, Owner>();
  for (const owner of resources.of('VirtualService')) {
    if (!owner.spec.gateways.includes(MESH) || !choosesSubset(owner)) continue;
    for (const host of owner.spec.hosts) {
      const full = fullHost(host, owner.namespace);
      if (!choosing.has(full)) choosing.set(full, owner);
    }
  }
  return choosing;
}

function choosesSubset({ spec }: Owner): boolean {
  return spec.http.some(({ route }) => route.some(({ destination }) => destination.subset));
}
