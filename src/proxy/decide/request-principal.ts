import { PRINCIPAL_SEPARATOR } from '../../identity/jwt/token-verdict.ts';
import type { ValueMatch } from '../../match/value-match.ts';
import type { Condition, Policy } from '../../snapshot/policy.ts';

/**
 * A policy whose request principals are compared as issuer and subject apart (`PRINCIPAL_SEPARATOR` between them), as
 * Istio does: what it writes is split at the last slash, so that no subject with a slash passes for another issuer's.
 */
export function withSeparatePrincipals(policy: Policy): Policy {
  const group = (conditions: readonly Condition[]) => conditions.map(separate);
  return {
    ...policy,
    rules: policy.rules.map((rule) => ({
      ...rule,
      from: rule.from.map(group),
      to: rule.to,
      when: group(rule.when),
    })),
  };
}

function separate(condition: Condition): Condition {
  if (condition.attribute.kind !== 'request.auth.principal') return condition;
  const { attribute, values, notValues } = condition;
  return { attribute, values: values.map(separateMatch), notValues: notValues.map(separateMatch) };
}

function separateMatch(match: ValueMatch): ValueMatch {
  if (match.kind !== 'exact' && match.kind !== 'prefix' && match.kind !== 'suffix') return match;
  const slash = match.value.lastIndexOf('/');
  if (slash < 0) return match;
  const value = `${match.value.slice(0, slash)}${PRINCIPAL_SEPARATOR}${match.value.slice(slash + 1)}`;
  return { ...match, value };
}
