import { groupBy } from '../compile/group-by.ts';
import type { ResourceSet } from '../compile/resource-set.ts';
import { closest } from '../reading/suggestion.ts';
import { fullHost } from '../resource/host-name.ts';
import type { Resource } from '../resource/resource.ts';
import { serviceOf } from './destinations.ts';
import { finding } from './finding.ts';
import type { AnalysisRule } from './inventory.ts';
import { wildcardsOver } from './known-hosts.ts';

/** IST0101: a route leads to a subset that no DestinationRule of the host defines. */
export const unknownSubset: AnalysisRule = (inventory) => {
  const rules = rulesByHost(inventory.resources);
  return {
    VirtualService: (owner) =>
      inventory.destinations(owner).flatMap(({ path, host, subset }) => {
        if (subset === undefined || defines(rules.near(host, owner.namespace), subset)) return [];
        const all = [host, ...wildcardsOver(host)].flatMap(rules.all);
        if (all.length === 0 && serviceOf(host, inventory) === undefined) return [];
        if (defines(all, subset)) return [];
        const message = `Referenced host+subset in destinationrule not found: "${host}+${subset}"`;
        const defined = all.flatMap(({ spec }) => spec.subsets.map(({ name }) => name));
        return [
          finding('IST0101', owner, [...path, 'subset'], message, remedy(subset, defined, host, all[0])),
        ];
      }),
  };
};

type Rule = Resource<'DestinationRule'>;
type ByHost = ReadonlyMap<string, readonly Rule[]>;

interface RulesByHost {
  /** Those of one namespace, where those of its hosts mostly are: others need not be read for them. */
  near(host: string, namespace: string): readonly Rule[];
  readonly all: (host: string) => readonly Rule[];
}

function rulesByHost(resources: ResourceSet): RulesByHost {
  const near = new Map<string, ByHost>();
  let all: ByHost | undefined;
  return {
    near: (host, namespace) => {
      const known = near.get(namespace) ?? grouped(resources.in('DestinationRule', namespace));
      near.set(namespace, known);
      return known.get(host) ?? [];
    },
    all: (host) => {
      all ??= grouped(resources.of('DestinationRule'));
      return all.get(host) ?? [];
    },
  };
}

function grouped(rules: readonly Rule[]): ByHost {
  return groupBy(rules, ({ spec, namespace }) => fullHost(spec.host, namespace));
}

function defines(rules: readonly Rule[], subset: string): boolean {
  return rules.some(({ spec }) => spec.subsets.some(({ name }) => name === subset));
}

function remedy(
  subset: string,
  defined: readonly string[],
  host: string,
  rule: { readonly namespace: string; readonly name: string } | undefined,
): string {
  if (rule === undefined) return `add a DestinationRule for ${host} with subset ${subset}`;
  const other = closest(subset, defined) ?? defined[0];
  return `add subset ${subset} to DestinationRule ${rule.namespace}/${rule.name}${other ? `, or use ${other}` : ''}`;
}
