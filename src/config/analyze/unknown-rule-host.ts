import { hostWithin } from '../compile/host-match.ts';
import { closest } from '../reading/suggestion.ts';
import { fullHost } from '../resource/host-name.ts';
import { finding } from './finding.ts';
import type { AnalysisRule } from './inventory.ts';

const SUGGESTIONS = 20;

/** IST0174: no Service or ServiceEntry has the host of a DestinationRule. */
export const unknownRuleHost: AnalysisRule = ({ resources, hosts }) =>
  resources
    .of('DestinationRule')
    .map((rule) => ({ rule, host: fullHost(rule.spec.host, rule.namespace) }))
    .filter(({ host }) =>
      host.startsWith('*') ? !hosts.names.some((name) => hostWithin(name, host)) : !hosts.covers(host),
    )
    .map(({ rule, host }, index) => {
      const meant = index < SUGGESTIONS ? closest(host, hosts.names) : undefined;
      const message = `The host ${host} defined in the DestinationRule does not match any services in the mesh.`;
      const remedy = `${meant ? `did you mean ${meant}? Else ` : ''}add a Service or a ServiceEntry for it`;
      return finding('IST0174', rule, ['spec', 'host'], message, remedy);
    });
