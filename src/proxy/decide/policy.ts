import type { Condition, Policy, Rule } from '../../snapshot/policy.ts';
import type { AttributeScope, Subject } from './attribute.ts';
import { compileCondition, type SubjectPredicate } from './condition.ts';
import { plainRuleTest } from './plain-rule.ts';
import { type RuleKeys, ruleKeys } from './rule-keys.ts';

/** A compiled AuthorizationPolicy. */
export interface CompiledPolicy {
  /** Envoy's name of it, `ns[default]-policy[x]`. */
  readonly label: string;
  readonly source: string;
  readonly action: Policy['action'];
  readonly dryRun: boolean;
  readonly rules: readonly CompiledRule[];
}

export interface CompiledRule {
  readonly source: string;
  /** What attributes must be for it to have a chance. */
  readonly keys: readonly RuleKeys[];
  test(subject: Subject): boolean;
  /** How near the subject comes to the rule: the conditions that hold, and the first that does not. */
  miss(subject: Subject): Miss;
}

/** Why a rule does not match. */
export interface Miss {
  readonly held: number;
  readonly text: string;
}

/** Compiles a policy. Throws RegexError and CidrError. */
export function compilePolicy(policy: Policy, scope: AttributeScope): CompiledPolicy {
  const denies = policy.action !== 'ALLOW';
  const compile = (condition: Condition) => compileCondition(condition, denies, scope);
  const [namespace = '', name = ''] = policy.name.split('/', 2);
  return {
    label: `ns[${namespace}]-policy[${name}]`,
    source: policy.source,
    action: policy.action,
    dryRun: policy.dryRun,
    rules: policy.rules.map((rule) => compileRule(rule, compile, scope)),
  };
}

/** The index of the first rule that matches, or -1. */
export function matchingRule(policy: CompiledPolicy, subject: Subject): number {
  for (let i = 0; i < policy.rules.length; i++) if (policy.rules[i]?.test(subject)) return i;
  return -1;
}

type Group = readonly SubjectPredicate[];

function compileRule(
  rule: Rule,
  compile: (condition: Condition) => SubjectPredicate,
  { trustDomain }: AttributeScope,
): CompiledRule {
  const from = rule.from.map((group) => group.map(compile));
  const to = rule.to.map((group) => group.map(compile));
  const when = rule.when.map(compile);
  return {
    source: rule.source,
    keys: ruleKeys(rule),
    test:
      plainRuleTest(rule, trustDomain) ??
      allOf([...anyGroup(from), ...anyGroup(to), ...when.map(({ test }) => test)]),
    miss: (subject) => ruleMiss([from, to, [when]], subject),
  };
}

type Test = SubjectPredicate['test'];

/** At most one test: that one of the groups holds. No group is no condition. */
function anyGroup(groups: readonly Group[]): Test[] {
  const tests = groups.map((group) => allOf(group.map(({ test }) => test)));
  const [only] = tests;
  if (only === undefined || tests.length === 1) return only === undefined ? [] : [only];
  return [
    (subject) => {
      for (const test of tests) if (test(subject)) return true;
      return false;
    },
  ];
}

/** Rules are tested on the hot path: few conditions are asked without a loop. */
function allOf(tests: readonly Test[]): Test {
  const [first, second, third] = tests;
  if (first === undefined) return () => true;
  if (second === undefined) return first;
  if (third === undefined) return (subject) => first(subject) && second(subject);
  if (tests.length === 3) return (subject) => first(subject) && second(subject) && third(subject);
  return (subject) => {
    for (const test of tests) if (!test(subject)) return false;
    return true;
  };
}

function ruleMiss(parts: readonly (readonly Group[])[], subject: Subject): Miss {
  let held = 0;
  let text = '';
  for (const groups of parts) {
    if (groups.length === 0) continue;
    const nearest = groups.map((group) => groupMiss(group, subject)).reduce(nearer);
    held += nearest.held;
    if (text === '') text = nearest.text;
  }
  return { held, text };
}

function groupMiss(group: Group, subject: Subject): Miss {
  const failed = group.find((condition) => !condition.test(subject));
  const held = group.filter((condition) => condition.test(subject)).length;
  return { held, text: failed?.explain(subject) ?? '' };
}

/** A group that holds wins over any that does not. */
function nearer(a: Miss, b: Miss): Miss {
  if ((a.text === '') !== (b.text === '')) return a.text === '' ? a : b;
  return b.held > a.held ? b : a;
}
