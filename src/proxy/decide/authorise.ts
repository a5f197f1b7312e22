import type { Policy } from '../../snapshot/policy.ts';
import type { Context, Step } from './chain.ts';
import type { Direction } from './connection.ts';
import type { Reply } from './decision.ts';
import type { Authenticated } from './evidence.ts';
import { compileExternalChecks, type ExternalCheck } from './external-check.ts';
import { type CompiledPolicy, compilePolicy } from './policy.ts';
import { buildPolicyIndex, firstRule, type PolicyIndex } from './policy-index.ts';
import { tracePolicies } from './policy-trace.ts';
import { withSeparatePrincipals } from './request-principal.ts';

/** Only `authorise` can make this key, and so only it can make evidence that has it. */
const permit: unique symbol = Symbol('permit');

/** The policies in force let the request pass. */
export interface Authorized<D extends Direction> extends Authenticated<D> {
  readonly [permit]: D;
}

/** The AuthorizationPolicies of one workload port or gateway, compiled. */
export interface Authorization {
  /** CUSTOM policies, which are judged before all others. */
  readonly external: readonly ExternalCheck[];
  /** All of them in the order in which they are told: CUSTOM, AUDIT, DENY, ALLOW; dry-run ones too. */
  readonly all: readonly CompiledPolicy[];
  /** Those in force, by what their rules ask for; undefined where none denies. */
  readonly deny: PolicyIndex | undefined;
  /** Undefined where no ALLOW policy is in force: then everything is allowed. */
  readonly allow: PolicyIndex | undefined;
}

/**
 * Compiles policies; `trustDomain` is the mesh's own, `trustedProxies` how many before a gateway tell where a client
 * is. Throws RegexError and CidrError.
 */
export function compileAuthorization(
  policies: readonly Policy[],
  trustDomain: string,
  trustedProxies = 0,
): Authorization {
  const scope = { trustDomain, trustedProxies };
  const compiled = policies.map((policy) => compilePolicy(withSeparatePrincipals(policy), scope));
  const having = (action: Policy['action']) => compiled.filter((policy) => policy.action === action);
  const inForce = (action: Policy['action']) => having(action).filter((policy) => !policy.dryRun);
  const deny = inForce('DENY');
  const allow = inForce('ALLOW');
  return {
    external: compileExternalChecks(policies, scope),
    all: [...having('CUSTOM'), ...having('AUDIT'), ...having('DENY'), ...having('ALLOW')],
    deny: deny.length === 0 ? undefined : buildPolicyIndex(deny, scope),
    allow: allow.length === 0 ? undefined : buildPolicyIndex(allow, scope),
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
  const { direction, request, connection, edits, peer, requestAuth, responseEdits } = evidence;
  return {
    direction,
    request,
    connection,
    edits,
    peer,
    requestAuth,
    responseEdits,
    [permit]: direction,
  };
}

function refusal(
  { all, deny, allow }: Authorization,
  evidence: Authenticated<Direction>,
  { trace }: Context,
): Reply | undefined {
  if (trace !== undefined) tracePolicies(all, evidence, trace);
  const denying = deny && firstRule(deny, evidence);
  if (denying !== undefined) return denied(`${denying.policy.label}-rule[${denying.index}]`, trace);
  if (allow !== undefined && firstRule(allow, evidence) === undefined) return denied('none', trace);
  trace?.add({
    step: 'authorise',
    verdict: 'pass',
    text: allow === undefined ? 'no ALLOW policy' : 'allowed',
  });
  return undefined;
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
