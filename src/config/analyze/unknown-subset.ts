import { groupBy } from '../compile/group-by.ts';
import { closest } from '../reading/suggestion.ts';
import { fullHost } from '../resource/host-name.ts';
import type { Resource } from '../resource/resource.ts';
import { type NamedDestination, serviceOf } from './destinations.ts';
import { finding } from './finding.ts';
import type { AnalysisRule } from './inventory.ts';
import { wildcardsOver } from './known-hosts.ts';

/** IST0101: a route leads to a subset that no DestinationRule of the host defines. */
export const unknownSubset: AnalysisRule = (inventory) => {
  const rulesByHost = groupBy(inventory.resources.of('DestinationRule'), ({ spec, namespace }) =>
    fullHost(spec.host, namespace),
  );
  return {
    VirtualService: (owner) =>
      inventory.destinations(owner).flatMap((destination) => {
        const { path, host, subset } = destination;
        if (subset === undefined) return [];
        const own = rulesByHost.get(host) ?? [];
        if (own.some(({ spec }) => spec.subsets.some(({ name }) => name === subset))) return [];
        const rules = rulesFor(destination, rulesByHost);
        if (rules.length === 0 && serviceOf(host, inventory) === undefined) return [];
        const defined = rules.flatMap(({ spec }) => spec.subsets.map(({ name }) => name));
        if (defined.includes(subset)) return [];
        const message = `Referenced host+subset in destinationrule not found: "${host}+${subset}"`;
        return [
          finding('IST0101', owner, [...path, 'subset'], message, remedy(subset, defined, host, rules[0])),
        ];
      }),
  };
};

type RulesByHost = ReadonlyMap<string, readonly Resource<'DestinationRule'>[]>;

function rulesFor({ host }: NamedDestination, byHost: RulesByHost) {
  return [host, ...wildcardsOver(host)].flatMap((name) => byHost.get(name) ?? []);
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
