import type { Diagnostic } from '../diagnostic.ts';
import type { Resource } from '../resource/resource.ts';
import { finding } from './finding.ts';
import { HostMap } from './host-map.ts';
import type { AnalysisRule } from './inventory.ts';

/** WFT0509: no VirtualService routes to a subset although some route to its host. */
export const unusedSubset: AnalysisRule = ({ destinations, target }) => {
  const routed: Routed = new HostMap();
  const doubtful: Rule[] = [];
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
      if (owner.spec.subsets.length === 0) return [];
      const { host } = target(owner);
      const used = routed.get(host);
      // A VirtualService that is still to come may route to the others.
      if (!owner.spec.subsets.every(({ name }) => used?.has(name))) doubtful.push({ owner, host });
      return [];
    },
    end: () => doubtful.flatMap((rule) => judge(rule, routed)),
  };
};

type Routed = HostMap<Set<string>>;

interface Rule {
  readonly owner: Resource<'DestinationRule'>;
  readonly host: string;
}

function judge({ owner, host }: Rule, routed: Routed): Diagnostic[] {
  const used = routed.get(host);
  if (!used) return [];
  return owner.spec.subsets.flatMap(({ name }, index) => {
    if (used.has(name)) return [];
    const message = `no VirtualService routes to subset ${name} of ${owner.spec.host}`;
    return [finding('WFT0509', owner, ['spec', 'subsets', index], message)];
  });
}
