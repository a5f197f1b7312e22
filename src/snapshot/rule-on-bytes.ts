import type { Condition, Policy, Rule } from './policy.ts';

/**
 * A rule as it holds where nobody reads requests (AuthorizationPolicy on TCP): an ALLOW rule that asks about one
 * never holds and is undefined; in the others such conditions fall away and the rest is enforced.
 */
export function ruleOnBytes(rule: Rule, action: Policy['action']): Rule | undefined {
  if (action === 'ALLOW') return asksForRequest(rule) ? undefined : rule;
  const keep = (group: readonly Condition[]) => group.filter((condition) => !isAboutRequest(condition));
  return { ...rule, from: rule.from.map(keep), to: rule.to.map(keep), when: keep(rule.when) };
}

function asksForRequest({ from, to, when }: Rule): boolean {
  return [...from.flat(), ...to.flat(), ...when].some(isAboutRequest);
}

function isAboutRequest({ attribute }: Condition): boolean {
  return attribute.kind.startsWith('request.');
}
