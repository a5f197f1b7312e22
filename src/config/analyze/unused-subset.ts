import type { Resource } from '../resource/resource.ts';
import { finding } from './finding.ts';
import type { AnalysisRule } from './inventory.ts';

/** WFT0509: no VirtualService routes to a subset although some route to its host. */
export const unusedSubset: AnalysisRule = ({ destinations, target }) => {
  const routed = new Map<string, Set<string>>();
  const rules: Rule[] = [];
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
    DestinationRule: (owner) => {
      if (owner.spec.subsets.length > 0) rules.push({ owner, host: target(owner).host });
      return [];
    },
    end: () => rules.flatMap((rule) => judge(rule, routed)),
  };
};

interface Rule {
  readonly owner: Resource<'DestinationRule'>;
  readonly host: string;
}

function judge({ owner, host }: Rule, routed: ReadonlyMap<string, ReadonlySet<string>>) {
  const used = routed.get(host);
  if (!used) return [];
  return owner.spec.subsets.flatMap(({ name }, index) => {
    if (used.has(name)) return [];
    const message = `no VirtualService routes to subset ${name} of ${owner.spec.host}`;
    return [finding('WFT0509', owner, ['spec', 'subsets', index], message)];
  });
}
