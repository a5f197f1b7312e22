import { HeaderList } from '../../http/header-list.ts';
import type { CanonicalRequest } from '../../http/message.ts';
import type { Condition, Policy, Rule } from '../../snapshot/policy.ts';

/**
 * The policies as they hold for bytes that nobody reads as HTTP (AuthorizationPolicy on TCP): an ALLOW rule that
 * asks about a request never matches; in other rules such conditions fall away and the rest is enforced.
 */
export function connectionPolicies(policies: readonly Policy[]): readonly Policy[] {
  return policies.map((policy) => ({
    ...policy,
    rules: policy.action === 'ALLOW' ? policy.rules.filter(asksNothing) : policy.rules.map(withoutRequest),
  }));
}

/** What stands for the request of a connection without one; no condition that is left looks at it. */
export const noRequest: CanonicalRequest = {
  method: '',
  scheme: 'http',
  authority: '',
  host: '',
  port: undefined,
  path: '/',
  query: '',
  headers: new HeaderList(),
};

function asksNothing({ from, to, when }: Rule): boolean {
  return ![...from.flat(), ...to.flat(), ...when].some(isAboutRequest);
}

function withoutRequest(rule: Rule): Rule {
  const keep = (group: readonly Condition[]) => group.filter((condition) => !isAboutRequest(condition));
  return { ...rule, from: rule.from.map(keep), to: rule.to.map(keep), when: keep(rule.when) };
}

function isAboutRequest({ attribute }: Condition): boolean {
  return attribute.kind.startsWith('request.');
}
