import type { Attribute } from '../../snapshot/policy.ts';
import type { RateLimit } from '../../snapshot/rate-limit.ts';
import { type AttributeScope, readAttribute, type Subject, type Values } from './attribute.ts';
import type { Step } from './chain.ts';
import type { Direction } from './connection.ts';
import type { AskLimits, LimitStage, Reply, Taking } from './decision.ts';
import type { Authenticated } from './evidence.ts';
import { refuseOverLimit, refuseUncounted } from './limit-reply.ts';
import { type CompiledPolicy, compilePolicy, matchingRule } from './policy.ts';
import { withSeparatePrincipals } from './request-principal.ts';
import type { Trace } from './trace.ts';

/** A RateLimit, compiled. */
export interface CompiledLimit {
  readonly limit: RateLimit;
  readonly stage: LimitStage;
  /** Undefined where every request is counted. */
  readonly match: CompiledPolicy | undefined;
  /** What requests that are counted together have in common. */
  key(subject: Subject): string;
}

/** Compiles limits, absent = none. Throws RegexError and CidrError. */
export function compileLimits(
  limits: readonly RateLimit[] | undefined,
  scope: AttributeScope,
): readonly CompiledLimit[] {
  return (limits ?? []).map((limit) => {
    const { id: name, source, rules, key } = limit;
    const policy = { name, source, action: 'DENY', dryRun: false, rules } as const;
    return {
      limit,
      stage: stageOf(limit),
      match: rules.length === 0 ? undefined : compilePolicy(withSeparatePrincipals(policy), scope),
      key: compileKey(key, scope),
    };
  });
}

/**
 * RateLimit: asks for a token of each limit of the stage that the request matches, once, and answers 429 when one has
 * none. Undefined where no limit is of the stage.
 */
export function limitRate<E extends Authenticated<Direction>>(
  all: readonly CompiledLimit[],
  stage: LimitStage,
): Step<E> | undefined {
  const limits = all.filter((limit) => limit.stage === stage);
  if (limits.length === 0) return undefined;
  return (evidence, { inputs, trace }): E | Reply | AskLimits => {
    if (trace !== undefined) traceLimits(limits, evidence, trace);
    const verdict = inputs.answers?.limits?.get(stage);
    if (verdict === undefined) {
      const takings = takingsOf(limits, evidence);
      return takings === undefined ? evidence : { kind: 'ask', need: 'limits', stage, takings };
    }
    if (verdict.kind === 'passed') return evidence;
    const reply = verdict.kind === 'limited' ? refuseOverLimit(verdict) : refuseUncounted(verdict.limit);
    const { source } = verdict.limit;
    trace?.add({ step: 'limit', verdict: 'deny', text: reply.details, source });
    return reply;
  };
}

function takingsOf(limits: readonly CompiledLimit[], subject: Subject): readonly Taking[] | undefined {
  let takings: Taking[] | undefined;
  for (const { limit, match, key } of limits) {
    if (match !== undefined && matchingRule(match, subject) < 0) continue;
    takings ??= [];
    takings.push({ limit, key: key(subject) });
  }
  return takings;
}

function traceLimits(limits: readonly CompiledLimit[], subject: Subject, trace: Trace): void {
  for (const { limit, match } of limits) {
    const { id, source, scope, requests, periodMs } = limit;
    const counted = match === undefined || matchingRule(match, subject) >= 0;
    if (!counted && trace.brief === true) continue;
    const what = `${id}: ${requests} requests in ${periodMs} ms, ${scope}`;
    const text = counted ? `${what}, counts this one` : `${what}, does not count this one`;
    trace.add({ step: 'limit', verdict: counted ? 'match' : 'miss', text, source });
  }
}

/** Who asks is known, and believed, only once policies have let the request pass. */
function stageOf({ key, rules }: RateLimit): LimitStage {
  const asked = rules.flatMap(({ from, to, when }) => [...from.flat(), ...to.flat(), ...when]);
  const attributes = [...key, ...asked.map(({ attribute }) => attribute)];
  return attributes.some(tellsWho) ? 'authorized' : 'arrival';
}

function tellsWho({ kind }: Attribute): boolean {
  return kind.startsWith('request.auth.') || (kind.startsWith('source.') && kind !== 'source.ip');
}

function compileKey(attributes: readonly Attribute[], scope: AttributeScope): (subject: Subject) => string {
  const reads = attributes.map((attribute) => readOne(attribute, scope));
  const [only] = reads;
  if (only === undefined) return () => '';
  if (reads.length === 1) return only;
  // Lengths keep apart what would read the same in a row.
  return (subject) => {
    let key = '';
    for (const read of reads) {
      const value = read(subject);
      key += `${value.length}:${value}`;
    }
    return key;
  };
}

/** One text for an attribute; a missing one is empty, so that those without it are counted together. */
function readOne(attribute: Attribute, scope: AttributeScope): (subject: Subject) => string {
  if (attribute.kind === 'request.host') return ({ request }) => request.host;
  const read = readAttribute(attribute, scope);
  const spellings = attribute.kind === 'source.principal';
  return (subject) => oneText(read(subject), spellings);
}

/** Of spellings of one value the first; the values of a list all count. */
function oneText(values: Values, spellings: boolean): string {
  if (values === undefined || typeof values === 'string') return values ?? '';
  return spellings ? (values[0] ?? '') : values.map((value) => `${value.length}:${value}`).join('');
}
