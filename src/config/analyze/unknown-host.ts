import { closest } from '../reading/suggestion.ts';
import { clientsOf } from './destinations.ts';
import { finding } from './finding.ts';
import type { AnalysisRule } from './inventory.ts';

/** Comparing names costs: who has more wrong hosts has another problem than a slip. */
const SUGGESTIONS = 20;

/** IST0101: a route leads to a host that no Service or ServiceEntry has, or that its clients cannot see. */
export const unknownHost: AnalysisRule = ({ hosts, destinations }) => {
  let wrong = 0;
  return {
    VirtualService: (owner) => {
      const clients = clientsOf(owner);
      return destinations(owner)
        .filter(({ host }) => hosts.find(host, clients).length === 0)
        .map(({ path, host }) => {
          const hidden = hosts.has(host);
          const meant = wrong++ >= SUGGESTIONS || hidden ? undefined : closest(host, hosts.names);
          const remedy = hidden
            ? `export ${host} to namespace ${clients.join(', ')}, or name a host that can be seen there`
            : `${meant ? `did you mean ${meant}? Else ` : ''}add a Service or a ServiceEntry for ${host}`;
          return finding('IST0101', owner, [...path, 'host'], `Referenced host not found: "${host}"`, remedy);
        });
    },
  };
};
