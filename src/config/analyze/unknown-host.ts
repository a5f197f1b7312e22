import { closest } from '../reading/suggestion.ts';
import { clientsOf, destinationsOf } from './destinations.ts';
import { finding } from './finding.ts';
import type { AnalysisRule } from './inventory.ts';

/** Comparing names costs: who has more wrong hosts has another problem than a slip. */
const SUGGESTIONS = 20;

/** IST0101: a route leads to a host that no Service or ServiceEntry has, or that its clients cannot see. */
export const unknownHost: AnalysisRule = (inventory) =>
  destinationsOf(inventory)
    .filter(({ owner, host }) => inventory.hosts.find(host, clientsOf(owner)).length === 0)
    .map(({ owner, path, host }, index) => {
      const hidden = inventory.hosts.has(host);
      const meant = hidden || index >= SUGGESTIONS ? undefined : closest(host, inventory.hosts.names);
      const remedy = hidden
        ? `export ${host} to namespace ${clientsOf(owner).join(', ')}, or name a host that can be seen there`
        : `${meant ? `did you mean ${meant}? Else ` : ''}add a Service or a ServiceEntry for ${host}`;
      return finding('IST0101', owner, [...path, 'host'], `Referenced host not found: "${host}"`, remedy);
    });
