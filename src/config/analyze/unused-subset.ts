import { groupBy } from '../compile/group-by.ts';
import { fullHost } from '../resource/host-name.ts';
import { destinationsOf } from './destinations.ts';
import { finding } from './finding.ts';
import type { AnalysisRule } from './inventory.ts';

/** WFT0509: no VirtualService routes to a subset although some route to its host. */
export const unusedSubset: AnalysisRule = (inventory) => {
  const byHost = groupBy(destinationsOf(inventory), ({ host }) => host);
  return inventory.resources.of('DestinationRule').flatMap((rule) => {
    const routed = byHost.get(fullHost(rule.spec.host, rule.namespace));
    if (!routed || routed.every(({ subset }) => subset === undefined)) return [];
    const used = new Set(routed.map(({ subset }) => subset));
    return rule.spec.subsets.flatMap(({ name }, index) => {
      if (used.has(name)) return [];
      const message = `no VirtualService routes to subset ${name} of ${rule.spec.host}`;
      return [finding('WFT0509', rule, ['spec', 'subsets', index], message)];
    });
  });
};
