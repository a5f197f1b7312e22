import { fullHost } from '../resource/host-name.ts';
import type { Resource } from '../resource/resource.ts';
import { groupBy } from './group-by.ts';
import { bySpecificity, hostWithin } from './host-match.ts';
import type { ResourceSet } from './resource-set.ts';

/** The DestinationRules of a mesh by namespace and host. */
export interface DestinationRules {
  /** The rules of a namespace that cover a host: of the most specific host first, each oldest first. */
  covering(namespace: string, host: string): readonly (readonly HostRule[])[];
}

/** A rule with its full host name. */
export interface HostRule {
  readonly host: string;
  readonly rule: Resource<'DestinationRule'>;
}

/** Indexes the rules. */
export function destinationRules(resources: ResourceSet): DestinationRules {
  const rules = resources
    .of('DestinationRule')
    .map((rule) => ({ host: fullHost(rule.spec.host, rule.namespace), rule }));
  const byPlace = groupBy(rules, ({ host, rule }) => `${rule.namespace}/${host}`);
  const wildcards = groupBy(
    rules.filter(({ host }) => host.startsWith('*')),
    ({ rule }) => rule.namespace,
  );
  return {
    covering: (namespace, host) => {
      const wide = (wildcards.get(namespace) ?? [])
        .map((rule) => rule.host)
        .filter((name) => hostWithin(host, name));
      return [...new Set([host, ...wide])].sort(bySpecificity).flatMap((name) => {
        const found = byPlace.get(`${namespace}/${name}`);
        return found ? [found] : [];
      });
    },
  };
}
