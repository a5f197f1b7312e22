import { fullHost } from '../resource/host-name.ts';
import type { Resource } from '../resource/resource.ts';
import { finding } from './finding.ts';
import type { AnalysisRule } from './inventory.ts';

/** WFT0509: no VirtualService routes to a subset although some route to its host. */
export const unusedSubset: AnalysisRule = ({ resources, destinations }) => {
  const routed = new Map<string, Set<string>>();
  return {
    VirtualService: (owner) => {
      for (const { host, subset } of destinations(owner)) {
        if (subset === undefined) continue;
        const known = routed.get(host);
        if (known) known.add(subset);
        else routed.set(host, new Set([subset]));
      }
      return [];
    },
    end: () => resources.of('DestinationRule').flatMap((rule) => judge(rule, routed)),
  };
};

function judge(rule: Resource<'DestinationRule'>, routed: ReadonlyMap<string, ReadonlySet<string>>) {
  const used = routed.get(fullHost(rule.spec.host, rule.namespace));
  if (!used) return [];
  return rule.spec.subsets.flatMap(({ name }, index) => {
    if (used.has(name)) return [];
    const message = `no VirtualService routes to subset ${name} of ${rule.spec.host}`;
    return [finding('WFT0509', rule, ['spec', 'subsets', index], message)];
  });
}
