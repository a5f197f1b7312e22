import { hostWithin } from '../compile/host-match.ts';
import { closest } from '../reading/suggestion.ts';
import { finding } from './finding.ts';
import type { AnalysisRule } from './inventory.ts';
import type { KnownHosts } from './known-hosts.ts';

const SUGGESTIONS = 20;

/** IST0174: no Service or ServiceEntry has the host of a DestinationRule. */
export const unknownRuleHost: AnalysisRule = ({ hosts, target }) => {
  let wrong = 0;
  return {
    DestinationRule: (rule) => {
      const { host, service } = target(rule);
      if (service || isKnown(host, hosts)) return [];
      const meant = wrong++ < SUGGESTIONS ? closest(host, hosts.names) : undefined;
      const message = `The host ${host} defined in the DestinationRule does not match any services in the mesh.`;
      const remedy = `${meant ? `did you mean ${meant}? Else ` : ''}add a Service or a ServiceEntry for it`;
      return [finding('IST0174', rule, ['spec', 'host'], message, remedy)];
    },
  };
};

function isKnown(host: string, hosts: KnownHosts): boolean {
  return host.startsWith('*') ? hosts.names.some((name) => hostWithin(name, host)) : hosts.covers(host);
}
