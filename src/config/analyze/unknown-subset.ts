import { hostWithin } from '../compile/host-match.ts';
import { closest } from '../reading/suggestion.ts';
import { fullHost } from '../resource/host-name.ts';
import { destinationsOf, type NamedDestination, serviceOf } from './destinations.ts';
import { finding } from './finding.ts';
import type { AnalysisRule, Inventory } from './inventory.ts';

/** IST0101: a route leads to a subset that no DestinationRule of the host defines. */
export const unknownSubset: AnalysisRule = (inventory) =>
  destinationsOf(inventory).flatMap((destination) => {
    const { owner, path, host, subset } = destination;
    if (subset === undefined || serviceOf(host, inventory) === undefined) return [];
    const rules = rulesFor(destination, inventory);
    const defined = rules.flatMap(({ spec }) => spec.subsets.map(({ name }) => name));
    if (defined.includes(subset)) return [];
    const message = `Referenced host+subset in destinationrule not found: "${host}+${subset}"`;
    return [finding('IST0101', owner, [...path, 'subset'], message, remedy(subset, defined, host, rules[0]))];
  });

function rulesFor({ host }: NamedDestination, { resources }: Inventory) {
  return resources
    .of('DestinationRule')
    .filter(({ spec, namespace }) => hostWithin(host, fullHost(spec.host, namespace)));
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
