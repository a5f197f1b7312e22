import type { Subject } from './attribute.ts';
import { type CompiledPolicy, type CompiledRule, matchingRule } from './policy.ts';
import type { Trace } from './trace.ts';

/** Tells what every policy says about the subject, and how near the ones that do not match come. */
export function tracePolicies(policies: readonly CompiledPolicy[], subject: Subject, trace: Trace): void {
  for (const policy of policies) {
    const title = `${policy.dryRun ? 'dry-run ' : ''}${policy.action} ${policy.label}`;
    const index = matchingRule(policy, subject);
    if (index >= 0) {
      const source = policy.rules[index]?.source ?? policy.source;
      trace.add({ step: 'authorise', verdict: 'match', text: `${title} rule[${index}] matches`, source });
    } else if (trace.brief !== true) {
      traceMiss(policy, title, subject, trace);
    }
  }
}

function traceMiss(policy: CompiledPolicy, title: string, subject: Subject, trace: Trace): void {
  const nearest = nearestRule(policy.rules, subject);
  if (nearest === undefined) {
    trace.add({ step: 'authorise', verdict: 'miss', text: `${title} has no rules`, source: policy.source });
    return;
  }
  const text = `${title} does not match; nearest is rule[${nearest.index}]: ${nearest.text}`;
  trace.add({ step: 'authorise', verdict: 'miss', text, source: nearest.source });
}

function nearestRule(rules: readonly CompiledRule[], subject: Subject) {
  let nearest: { index: number; held: number; text: string; source: string } | undefined;
  for (const [index, rule] of rules.entries()) {
    const miss = rule.miss(subject);
    if (nearest === undefined || miss.held > nearest.held) nearest = { index, ...miss, source: rule.source };
  }
  return nearest;
}
