import type { Condition, Policy, Rule } from '../../snapshot/policy.ts';
import type { FieldPath, Resource } from '../resource/resource.ts';
import { operationConditions, sourceConditions, whenCondition } from './authorization-rule.ts';
import { appliesTo } from './policy-attachment.ts';
import type { PortProtocol } from './port-protocol.ts';
import { sourceKey } from './report.ts';
import type { Scope } from './scope.ts';
import type { AuthorizationRule } from './spec-parts.ts';

/** The policies in force on the target for ports of one protocol, sorted by name. */
export function policiesFor(scope: Scope, protocol: PortProtocol): Policy[] {
  return scope.resources
    .of('AuthorizationPolicy')
    .filter((policy) => appliesTo(policy, scope))
    .map((policy) => compilePolicy(policy, protocol, scope))
    .sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

const DRY_RUN = 'istio.io/dry-run';
const yes = /^(?:1|t|true)$/i;

/** CUSTOM has no provider to ask: whatever it would have judged is denied. */
function compilePolicy(
  policy: Resource<'AuthorizationPolicy'>,
  protocol: PortProtocol,
  scope: Scope,
): Policy {
  const { spec, annotations } = policy;
  if (spec.action === 'CUSTOM') {
    const message = 'CUSTOM has no provider to ask: requests that match are denied.';
    scope.report.add('WFT0301', policy, ['spec', 'action'], message);
  }
  const action = spec.action === 'CUSTOM' ? 'DENY' : spec.action;
  return {
    name: `${policy.namespace}/${policy.name}`,
    source: scope.report.place(sourceKey(policy), policy, ['spec']),
    action,
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
  const when = (rule.when ?? []).map((spec) => whenCondition(spec, policy.namespace));
  const compiled: Rule = {
    source,
    from: (rule.from ?? []).map(({ source: from }) => sourceConditions(from, policy.namespace)),
    to: (rule.to ?? []).map(({ operation }) => operationConditions(operation)),
    when: when.filter((condition) => condition !== undefined),
  };
  const unknown = when.indexOf(undefined);
  if (unknown >= 0) {
    const message = `The key ${rule.when?.[unknown]?.key} is unknown: the rule never allows, and denies without it.`;
    scope.report.add('WFT0301', policy, [...path, 'when', unknown, 'key'], message);
    if (action !== 'DENY') return [];
  }
  return protocol === 'http' ? [compiled] : onBytes(compiled, action);
}

/**
 * A rule where there are no requests to look at: an ALLOW that asks for one never holds,
 * a DENY keeps what can be judged and so reaches further.
 */
function onBytes(rule: Rule, action: Policy['action']): Rule[] {
  const all = [...rule.from.flat(), ...rule.to.flat(), ...rule.when];
  if (all.every((condition) => !needsRequest(condition))) return [rule];
  if (action !== 'DENY') return allowOnBytes(rule);
  const rest = (conditions: readonly Condition[]) =>
    conditions.filter((condition) => !needsRequest(condition));
  return [{ ...rule, from: rule.from.map(rest), to: rule.to.map(rest), when: rest(rule.when) }];
}

/** The alternatives of `from` and `to` that need no request still count. */
function allowOnBytes(rule: Rule): Rule[] {
  const judged = (conditions: readonly Condition[]) => !conditions.some(needsRequest);
  const from = rule.from.filter(judged);
  const to = rule.to.filter(judged);
  const emptied = (rule.from.length > 0 && from.length === 0) || (rule.to.length > 0 && to.length === 0);
  return emptied || !judged(rule.when) ? [] : [{ ...rule, from, to }];
}

function needsRequest({ attribute }: Condition): boolean {
  return attribute.kind.startsWith('request.');
}
