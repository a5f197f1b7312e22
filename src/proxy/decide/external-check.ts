import type { Policy } from '../../snapshot/policy.ts';
import type { CheckAnswer } from './answers.ts';
import { applyEdits } from './apply-edits.ts';
import type { AttributeScope } from './attribute.ts';
import type { Context, Step } from './chain.ts';
import { type CompiledAuthorizer, compileAuthorizer } from './compiled-authorizer.ts';
import type { AskCheck, Edit, Reply } from './decision.ts';
import type { Authenticated } from './evidence.ts';
import { type CompiledPolicy, compilePolicy } from './policy.ts';
import { buildPolicyIndex, firstRule, type PolicyIndex, type RuleCandidate } from './policy-index.ts';
import { withSeparatePrincipals } from './request-principal.ts';

/** The CUSTOM policies of one authorizer: what their rules match, it judges. */
export interface ExternalCheck {
  /** Undefined where nobody can be asked: then what matches is denied. */
  readonly authorizer: CompiledAuthorizer | undefined;
  readonly rules: PolicyIndex;
}

/** The CUSTOM policies in force by their authorizers, in the order of the policies. */
export function compileExternalChecks(policies: readonly Policy[], scope: AttributeScope): ExternalCheck[] {
  const byName = new Map<string, { first: Policy; compiled: CompiledPolicy[] }>();
  for (const policy of policies) {
    if (policy.action !== 'CUSTOM' || policy.dryRun) continue;
    const name = policy.authorizer?.name ?? '';
    const group = byName.get(name) ?? { first: policy, compiled: [] };
    group.compiled.push(compilePolicy(withSeparatePrincipals(policy), scope));
    byName.set(name, group);
  }
  return [...byName.values()].map(({ first, compiled }) => ({
    authorizer: first.authorizer && compileAuthorizer(first.authorizer),
    rules: buildPolicyIndex(compiled, scope),
  }));
}

/**
 * AuthorizationPolicy CUSTOM: what a rule matches goes on only when its authorizer says so. Undefined where there is
 * no such policy.
 */
export function checkExternally<D extends 'inbound' | 'gateway'>(
  checks: readonly ExternalCheck[],
): Step<Authenticated<D>> | undefined {
  if (checks.length === 0) return undefined;
  return (evidence, context) => {
    let passed = evidence;
    for (const check of checks) {
      const rule = firstRule(check.rules, passed);
      if (rule === undefined) continue;
      const next = judged(check.authorizer, rule, passed, context);
      if ('kind' in next) return next;
      passed = next;
    }
    return passed;
  };
}

function judged<D extends 'inbound' | 'gateway'>(
  authorizer: CompiledAuthorizer | undefined,
  rule: RuleCandidate,
  evidence: Authenticated<D>,
  context: Context,
): Authenticated<D> | Reply | AskCheck {
  if (authorizer === undefined) return refused(403, 'ext_authz_error', rule, context);
  const { settings } = authorizer;
  const answer = context.inputs.answers?.checks?.get(settings.name);
  if (answer === undefined) {
    tell(context, rule, 'match', `asks ${settings.name}`);
    const request = applyEdits(evidence.request, evidence.edits);
    return { kind: 'ask', need: 'check', authorizer, request };
  }
  switch (verdictOf(answer)) {
    case 'allow':
      tell(context, rule, 'pass', `${settings.name} allows`);
      return answer.kind === 'answered' ? allowed(authorizer, answer, evidence) : evidence;
    case 'deny':
      return denied(authorizer, answer, rule, context);
    case 'too-large':
      return refused(413, 'request_payload_too_large', rule, context);
    case 'error':
      if (!settings.failOpen) return refused(settings.statusOnError, 'ext_authz_error', rule, context);
      tell(context, rule, 'pass', `${settings.name} cannot be asked, and failOpen lets it pass`);
      return evidence;
  }
}

/** Envoy's reading of an answer: 200 allows, 5xx is an error, everything else denies. */
function verdictOf(answer: CheckAnswer): 'allow' | 'deny' | 'error' | 'too-large' {
  if (answer.kind !== 'answered') return answer.kind === 'too-large' ? 'too-large' : 'error';
  if (answer.status === 200) return 'allow';
  return answer.status >= 500 || answer.status < 200 ? 'error' : 'deny';
}

type Answered = Extract<CheckAnswer, { kind: 'answered' }>;

function allowed<D extends 'inbound' | 'gateway'>(
  authorizer: CompiledAuthorizer,
  { headers }: Answered,
  evidence: Authenticated<D>,
): Authenticated<D> {
  const requestEdits = authorizer.requestEdits(headers);
  const responseEdits = authorizer.responseEdits(headers);
  if (requestEdits.length === 0 && responseEdits.length === 0) return evidence;
  return {
    ...evidence,
    edits: [...evidence.edits, ...requestEdits],
    responseEdits: [...(evidence.responseEdits ?? noEdits), ...responseEdits],
  };
}

const noEdits: readonly Edit[] = [];

function denied(
  authorizer: CompiledAuthorizer,
  answer: CheckAnswer,
  rule: RuleCandidate,
  context: Context,
): Reply {
  const reply = refused(403, 'ext_authz_denied', rule, context);
  if (answer.kind !== 'answered') return reply;
  const { status, headers, body } = answer;
  return { ...reply, status, headers: authorizer.deniedHeaders(headers), body };
}

function refused(status: number, why: string, rule: RuleCandidate, context: Context): Reply {
  const details = `${why}{${rule.policy.label}-rule[${rule.index}]}`;
  tell(context, rule, 'deny', details);
  return { kind: 'reply', status, headers: [], body: '', flag: 'UAEX', details, route: '' };
}

function tell(
  { trace }: Context,
  { rule }: RuleCandidate,
  verdict: 'match' | 'pass' | 'deny',
  text: string,
): void {
  trace?.add({ step: 'authorise', verdict, text, source: rule.source });
}
