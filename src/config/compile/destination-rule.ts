import type { Resource } from '../resource/resource.ts';
import { selects } from './labels.ts';
import type { Scope } from './scope.ts';
import type { RegistryService } from './service-registry.ts';
import type { Subset, TrafficPolicy } from './spec-parts.ts';
import { visibleFrom } from './visibility.ts';

/** What the DestinationRules in force say about a service. */
export interface DestinationPolicy {
  readonly subsets: readonly Subset[];
  readonly trafficPolicy: TrafficPolicy | undefined;
  /** The rule that diagnostics point at. */
  readonly rule: Resource<'DestinationRule'>;
}

/**
 * The rules for a service as this target sees them: of the client's namespace, else of the service's, else of
 * the root namespace. The first level that has one wins; within it the most specific host.
 */
export function destinationPolicy(service: RegistryService, scope: Scope): DestinationPolicy | undefined {
  const { target, mesh } = scope;
  const levels = [
    ...(target.namespace === mesh.rootNamespace ? [] : [{ namespace: target.namespace, own: true }]),
    { namespace: service.namespace, own: false },
    { namespace: mesh.rootNamespace, own: false },
  ];
  for (const { namespace, own } of levels) {
    const rules = rulesIn(namespace, service, scope).filter(
      (rule) => own || visibleFrom(target.namespace, namespace, rule.spec.exportTo),
    );
    const merged = merge(rules);
    if (merged) return merged;
  }
  return undefined;
}

/** The subset of that name in the rules in force. */
export function findSubset(service: RegistryService, name: string, scope: Scope): Subset | undefined {
  return destinationPolicy(service, scope)?.subsets.find((subset) => subset.name === name);
}

type Rule = Resource<'DestinationRule'>;

/** The rules of the most specific host that covers the service; those that select this workload first. */
function rulesIn(namespace: string, service: RegistryService, { destinationRules, target }: Scope): Rule[] {
  const here = (rule: Rule) =>
    !isSelective(rule) ||
    (namespace === target.namespace && selects(rule.spec.workloadSelector?.matchLabels, target.labels));
  for (const candidates of destinationRules.covering(namespace, service.host)) {
    const rules = candidates.map(({ rule }) => rule).filter(here);
    if (rules.length > 0) return rules.sort((a, b) => Number(isSelective(b)) - Number(isSelective(a)));
  }
  return [];
}

/** Rules of one host add up: all subsets (the first of a name counts), the first trafficPolicy. */
function merge(rules: readonly Rule[]): DestinationPolicy | undefined {
  const [rule] = rules;
  if (!rule) return undefined;
  const together = isSelective(rule) ? [rule] : rules.filter((other) => sameReach(rule, other));
  return {
    rule,
    subsets: together.flatMap(({ spec }) => spec.subsets),
    trafficPolicy: together.find(({ spec }) => spec.trafficPolicy)?.spec.trafficPolicy,
  };
}

function isSelective(rule: Rule): boolean {
  return (rule.spec.workloadSelector?.matchLabels?.size ?? 0) > 0;
}

function sameReach(a: Rule, b: Rule): boolean {
  return [...a.spec.exportTo].sort().join() === [...b.spec.exportTo].sort().join();
}
