import type { Policy } from '../../snapshot/policy.ts';
import type { Context, Step } from './chain.ts';
import type { Direction } from './connection.ts';
import type { Reply } from './decision.ts';
import type { Authenticated } from './evidence.ts';
import { type CompiledPolicy, compilePolicy, matchingRule } from './policy.ts';
import { tracePolicies } from './policy-trace.ts';

/** Only `authorise` can make this key, and so only it can make evidence that has it. */
const permit: unique symbol = Symbol('permit');

/** The policies in force let the request pass. */
export interface Authorized<D extends Direction> extends Authenticated<D> {
  readonly [permit]: D;
}

/** The AuthorizationPolicies of one workload port or gateway, compiled. */
export interface Authorization {
  /** All of them in the order in which they are told: AUDIT, DENY, ALLOW; dry-run ones too. */
  readonly all: readonly CompiledPolicy[];
  readonly deny: readonly CompiledPolicy[];
  readonly allow: readonly CompiledPolicy[];
}

/** Compiles policies; `trustDomain` is the mesh's own. Throws RegexError and CidrError. */
export function compileAuthorization(policies: readonly Policy[], trustDomain: string): Authorization {
  const compiled = policies.map((policy) => compilePolicy(policy, trustDomain));
  const having = (action: Policy['action']) => compiled.filter((policy) => policy.action === action);
  return {
    all: [...having('AUDIT'), ...having('DENY'), ...having('ALLOW')],
    deny: having('DENY').filter((policy) => !policy.dryRun),
    allow: having('ALLOW').filter((policy) => !policy.dryRun),
  };
}

/**
 * AuthorizationPolicy: a DENY match refuses; then, when there are ALLOW policies, one must match. AUDIT and
 * dry-run policies are only told to the trace.
 */
export function authorise<D extends 'inbound' | 'gateway'>(
  authorization: Authorization,
): Step<Authenticated<D>, Authorized<D>> {
  return (evidence, context) => refusal(authorization, evidence, context) ?? permitted(evidence);
}

function permitted<D extends Direction>(evidence: Authenticated<D>): Authorized<D> {
  const { direction, request, connection, edits, peer } = evidence;
  return { direction, request, connection, edits, accepted: true, peer, [permit]: direction };
}

function refusal(
  { all, deny, allow }: Authorization,
  evidence: Authenticated<Direction>,
  { trace }: Context,
): Reply | undefined {
  if (trace !== undefined) tracePolicies(all, evidence, trace);
  for (const policy of deny) {
    const rule = matchingRule(policy, evidence);
    if (rule >= 0) return denied(`${policy.label}-rule[${rule}]`, trace);
  }
  if (allow.length === 0 || anyMatches(allow, evidence)) {
    trace?.add({
      step: 'authorise',
      verdict: 'pass',
      text: allow.length === 0 ? 'no ALLOW policy' : 'allowed',
    });
    return undefined;
  }
  return denied('none', trace);
}

function anyMatches(policies: readonly CompiledPolicy[], evidence: Authenticated<Direction>): boolean {
  for (const policy of policies) if (matchingRule(policy, evidence) >= 0) return true;
  return false;
}

function denied(policy: string, trace: Context['trace']): Reply {
  const details = `rbac_access_denied_matched_policy[${policy}]`;
  trace?.add({ step: 'authorise', verdict: 'deny', text: details });
  return {
    kind: 'reply',
    status: 403,
    headers: [['content-type', 'text/plain']],
    body: 'RBAC: access denied',
    flag: '-',
    details,
    route: '',
  };
}
