import type { Policy, Rule } from '../../snapshot/policy.ts';
import { ruleOnBytes } from '../../snapshot/rule-on-bytes.ts';
import type { FieldPath, Resource } from '../resource/resource.ts';
import { operationConditions, sourceConditions, whenCondition } from './authorization-rule.ts';
import { authorizerOf } from './authorizer.ts';
import { unseenPortFields, withoutPort } from './gateway-port-conditions.ts';
import { attachedGateways, policiesInForce } from './policy-attachment.ts';
import type { PortProtocol } from './port-protocol.ts';
import { sourceKey } from './report.ts';
import type { Scope } from './scope.ts';
import type { AuthorizationRule } from './spec-parts.ts';

/** The policies in force on the target for ports of one protocol, sorted by name. */
export function policiesFor(scope: Scope, protocol: PortProtocol): Policy[] {
  return policiesInForce('AuthorizationPolicy', scope)
    .map((policy) => compilePolicy(policy, protocol, scope))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

const DRY_RUN = 'istio.io/dry-run';
const UNSEEN_PORT =
  'A gateway does not see the port: the rule never allows, and denies on all. Give it a selector, or no port.';
/** Of these a rule that cannot be judged whole reaches further rather than nowhere. */
const KEEPS_OUT: ReadonlySet<Policy['action']> = new Set(['DENY', 'CUSTOM']);
const yes = /^(?:1|t|true)$/i;

function compilePolicy(
  policy: Resource<'AuthorizationPolicy'>,
  protocol: PortProtocol,
  scope: Scope,
): Policy {
  const { spec, annotations } = policy;
  const { action } = spec;
  const authorizer = action === 'CUSTOM' ? authorizerOf(policy, scope) : undefined;
  const gateways = scope.target.kind === 'gateway' ? attachedGateways(policy, scope) : undefined;
  return {
    name: `${policy.namespace}/${policy.name}`,
    source: scope.report.place(sourceKey(policy), policy, ['spec']),
    action,
    ...(authorizer && { authorizer }),
    ...(gateways && { gateways }),
    dryRun: yes.test(annotations.get(DRY_RUN) ?? ''),
    rules: spec.rules.flatMap((rule, i) => compileRule(rule, i, policy, action, protocol, scope)),
  };
}

function compileRule(
  rule: AuthorizationRule,
  i: number,
  policy: Resource<'AuthorizationPolicy'>,
  action: Policy['action'],
  protocol: PortProtocol,
  scope: Scope,
): Rule[] {
  const path: FieldPath = ['spec', 'rules', i];
  const source = scope.report.place(sourceKey(policy, 'rules', i), policy, path);
  const when = (rule.when ?? []).map((spec) => whenCondition(spec, policy.namespace, scope.mesh));
  const compiled: Rule = {
    source,
    from: (rule.from ?? []).map(({ source: from }) => sourceConditions(from, policy.namespace, scope.mesh)),
    to: (rule.to ?? []).map(({ operation }) => operationConditions(operation)),
    when: when.filter((condition) => condition !== undefined),
  };
  const unknown = when.indexOf(undefined);
  if (unknown >= 0) {
    const message = `The key ${rule.when?.[unknown]?.key} is unknown: the rule never allows, and denies without it.`;
    scope.report.add('WFT0301', policy, [...path, 'when', unknown, 'key'], message);
    if (!KEEPS_OUT.has(action)) return [];
  }
  const ports = unseenPortFields(rule, scope);
  for (const field of ports) scope.report.add('WFT0301', policy, [...path, ...field], UNSEEN_PORT);
  if (ports.length > 0 && !KEEPS_OUT.has(action)) return [];
  const judged = ports.length > 0 ? withoutPort(compiled) : compiled;
  return protocol === 'http' ? [judged] : [ruleOnBytes(judged, action) ?? []].flat();
}
