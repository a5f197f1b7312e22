import type { ResourceSet } from '../compile/resource-set.ts';
import { fullHost } from '../resource/host-name.ts';
import { destinationsOf } from './destinations.ts';
import { finding } from './finding.ts';
import type { AnalysisRule } from './inventory.ts';

/** WFT0509: no VirtualService routes to a subset although some route to its host. */
export const unusedSubset: AnalysisRule = ({ resources }) => {
  const routed = routedSubsets(resources);
  return {
    DestinationRule: (rule) => {
      const used = routed.get(fullHost(rule.spec.host, rule.namespace));
      if (!used) return [];
      return rule.spec.subsets.flatMap(({ name }, index) => {
        if (used.has(name)) return [];
        const message = `no VirtualService routes to subset ${name} of ${rule.spec.host}`;
        return [finding('WFT0509', rule, ['spec', 'subsets', index], message)];
      });
    },
  };
};

/** The subsets of a host that routes name, by host. */
function routedSubsets(resources: ResourceSet): ReadonlyMap<string, ReadonlySet<string>> {
  const routed = new Map<string, Set<string>>();
  for (const { host, subset } of resources.of('VirtualService').flatMap(destinationsOf)) {
    if (subset === undefined) continue;
    const known = routed.get(host);
    if (known) known.add(subset);
    else routed.set(host, new Set([subset]));
  }
  return routed;
}
