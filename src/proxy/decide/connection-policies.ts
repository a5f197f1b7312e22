import { HeaderList } from '../../http/header-list.ts';
import type { CanonicalRequest } from '../../http/message.ts';
import type { Policy } from '../../snapshot/policy.ts';
import { ruleOnBytes } from '../../snapshot/rule-on-bytes.ts';

/** The policies as they hold for bytes that nobody reads as HTTP. */
export function connectionPolicies(policies: readonly Policy[]): readonly Policy[] {
  return policies.map((policy) => ({
    ...policy,
    rules: policy.rules.flatMap((rule) => ruleOnBytes(rule, policy.action) ?? []),
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
