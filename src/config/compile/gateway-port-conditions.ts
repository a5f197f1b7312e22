import type { Condition, Rule } from '../../snapshot/policy.ts';
import type { FieldPath } from '../resource/resource.ts';
import { isManaged } from './gateway-api/managed-gateway.ts';
import { selects } from './labels.ts';
import type { Scope } from './scope.ts';
import type { AuthorizationRule } from './spec-parts.ts';

/**
 * The fields of a rule that look at the port. A gateway cannot judge them: the edge takes connections on 80 and
 * 443 whatever port its Gateway names. None where no Gateway runs, because nothing comes in there.
 */
export function unseenPortFields(rule: AuthorizationRule, { target, resources }: Scope): FieldPath[] {
  const runs =
    resources.of('Gateway').some(({ spec }) => selects(spec.selector, target.labels)) ||
    resources.of('KubernetesGateway').some((gateway) => isManaged(gateway, resources));
  if (target.kind !== 'gateway' || !runs) return [];
  const to = (rule.to ?? []).flatMap(({ operation }, i) =>
    (['ports', 'notPorts'] as const)
      .filter((field) => operation[field] !== undefined)
      .map((field): FieldPath => ['to', i, 'operation', field]),
  );
  const when = (rule.when ?? []).flatMap(({ key }, i): FieldPath[] =>
    key === 'destination.port' ? [['when', i, 'key']] : [],
  );
  return [...to, ...when];
}

/** The rule without what it says about the port. */
export function withoutPort(rule: Rule): Rule {
  const keep = (group: readonly Condition[]) =>
    group.filter(({ attribute }) => attribute.kind !== 'destination.port');
  return { ...rule, to: rule.to.map(keep), when: keep(rule.when) };
}
