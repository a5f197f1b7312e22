import type { CanonicalRequest } from '../../http/message.ts';
import { type RefusedToken, stillHolds, type VerifiedToken } from '../../identity/jwt/token-verdict.ts';
import type { JwtRule } from '../../snapshot/jwt-rule.ts';
import type { Context, Step } from './chain.ts';
import type { Direction } from './connection.ts';
import { isPreflight } from './cors.ts';
import type { Edit, TokenQuestion } from './decision.ts';
import type { Authenticated } from './evidence.ts';
import { removals, withHyphens } from './identity-headers.ts';
import type { RecentToken } from './recent-tokens.ts';
import { fillsHeaders, headersFilled, identified, proven } from './token-evidence.ts';
import { TokenFinder } from './token-finder.ts';
import type { FoundToken } from './token-places.ts';
import { refuseToken } from './token-reply.ts';

/**
 * RequestAuthentication: a request without a token passes; one with tokens needs a rule under which all that it finds
 * hold. The headers that rules fill are the client's in no case. Undefined without rules: then nothing is looked at.
 */
export function authenticate<D extends Direction>(
  rules: readonly JwtRule[] | undefined,
): Step<Authenticated<D>> | undefined {
  if (rules === undefined || rules.length === 0) return undefined;
  const filled = new Set(rules.flatMap(headersFilled).map(withHyphens));
  const { finders, ordered } = byPlaces(rules, filled);
  const only = ordered.length === 1 ? ordered[0] : undefined;
  return (evidence, context) => {
    const { request } = evidence;
    const stripped =
      filled.size === 0 ? NO_EDITS : removals(request.headers, (name) => filled.has(withHyphens(name)));
    const pass: Authenticated<D> =
      stripped.length === 0 ? evidence : { ...evidence, edits: [...evidence.edits, ...stripped] };
    if (isPreflight(evidence) && request.headers.has('origin'))
      return passed(pass, 'a CORS preflight needs no token', context);
    const recent = only && recall(only, request, context);
    if (only !== undefined && recent !== undefined) {
      if (only.leavesHead) return proven(pass, request, pass.edits, recent.verdict.auth);
      return identified(pass, only.rule, recent.found, [recent.verdict], context);
    }
    const found = findEverywhere(request, finders);
    if (found === undefined) return passed(pass, 'no token', context);
    const judged = judge(ordered, found, context);
    switch (judged.kind) {
      case 'unknown':
        return { kind: 'ask', need: 'token', questions: judged.questions };
      case 'refused':
        return refuseToken(judged, evidence, context);
      case 'holding':
        if (only !== undefined && context.trace === undefined) keep(only, request, judged);
        return identified(pass, judged.rule, judged.tokens, judged.verdicts, context);
    }
  };
}

const NO_EDITS: readonly Edit[] = [];

/** The tokens of each group of places; undefined when there is none anywhere. */
function findEverywhere(
  request: CanonicalRequest,
  finders: readonly TokenFinder[],
): (readonly FoundToken[])[] | undefined {
  let found: (readonly FoundToken[])[] | undefined;
  for (let group = 0; group < finders.length; group++) {
    const tokens = finders[group]?.find(request);
    if (tokens === undefined || tokens.length === 0) continue;
    if (finders.length === 1) return [tokens];
    found ??= finders.map(() => []);
    found[group] = tokens;
  }
  return found;
}

/**
 * The only token under the only rule, when it counted lately and does still: most requests have one. An explanation
 * goes by its own answers alone, and leaves none behind.
 */
function recall(
  { finder }: PlacedRule,
  request: CanonicalRequest,
  { inputs, trace }: Context,
): RecentToken | undefined {
  if (inputs.answers?.tokens === undefined || trace !== undefined) return undefined;
  const recent = finder.recall(request);
  return recent !== undefined && stillHolds(recent.verdict, inputs.now) ? recent : undefined;
}

function keep({ finder }: PlacedRule, request: CanonicalRequest, { tokens, verdicts }: Holding): void {
  const [token] = tokens;
  const [verdict] = verdicts;
  if (token !== undefined && verdict !== undefined && tokens.length === 1)
    finder.keep(request, token, verdict);
}

/** A rule, and which group of places it looks at. */
interface PlacedRule {
  readonly rule: JwtRule;
  readonly group: number;
  readonly finder: TokenFinder;
  /** Whether a token that holds changes nothing of the head. */
  readonly leavesHead: boolean;
}

/** Rules mostly look at the same places, which are then read once. */
function byPlaces(rules: readonly JwtRule[], stripped: ReadonlySet<string>) {
  const keys = rules.map(({ places }) => JSON.stringify(places));
  const groups = [...new Set(keys)];
  const finders = groups.map((key) => new TokenFinder(rules[keys.indexOf(key)]?.places ?? [], stripped));
  const ordered = rules.flatMap((rule, i): PlacedRule[] => {
    const group = groups.indexOf(keys[i] ?? '');
    const finder = finders[group];
    const leavesHead = rule.forwardOriginalToken && !fillsHeaders(rule);
    return finder === undefined ? [] : [{ rule, group, finder, leavesHead }];
  });
  return { finders, ordered };
}

/** Tokens that hold under a rule, and what each of them says. */
interface Holding {
  readonly kind: 'holding';
  readonly rule: JwtRule;
  readonly tokens: readonly FoundToken[];
  readonly verdicts: readonly VerifiedToken[];
}

interface Questions {
  readonly kind: 'unknown';
  readonly questions: readonly TokenQuestion[];
}

/** The first rule that holds; before it nothing may be unknown. Without one, why none does. */
function judge(
  rules: readonly PlacedRule[],
  found: readonly (readonly FoundToken[])[],
  context: Context,
): Holding | RefusedToken | Questions {
  let questions: TokenQuestion[] | undefined;
  let refusals: RefusedToken[] | undefined;
  for (let i = 0; i < rules.length; i++) {
    const placed = rules[i] as PlacedRule;
    const tokens = found[placed.group];
    if (tokens === undefined || tokens.length === 0) continue;
    const opinion = opinionOf(placed, tokens, context);
    if (opinion.kind === 'unknown') questions = [...(questions ?? []), ...opinion.questions];
    else if (opinion.kind === 'refused') refusals = [...(refusals ?? []), opinion];
    else if (questions === undefined) return opinion;
  }
  return questions === undefined ? worst(refusals ?? []) : { kind: 'unknown', questions };
}

/** All tokens hold, or the last of them that does not says why (the order in which Envoy asks). */
function opinionOf(
  { rule }: PlacedRule,
  tokens: readonly FoundToken[],
  { inputs }: Context,
): Holding | RefusedToken | Questions {
  const verdicts: VerifiedToken[] = [];
  let questions: TokenQuestion[] | undefined;
  let refused: RefusedToken | undefined;
  for (let i = 0; i < tokens.length; i++) {
    const { token } = tokens[i] as FoundToken;
    const verdict = inputs.answers?.tokens?.verdict(rule, token, inputs.now);
    if (verdict === undefined) {
      questions ??= [];
      questions.push({ rule, token });
    } else if (verdict.kind === 'refused') refused = verdict;
    else verdicts.push(verdict);
  }
  if (questions !== undefined) return { kind: 'unknown', questions };
  return refused ?? { kind: 'holding', rule, tokens, verdicts };
}

/** Of several refusals the one to tell: a foreign issuer says least (Envoy's requires_any). */
function worst(refusals: readonly RefusedToken[]): RefusedToken {
  const [first] = refusals;
  const telling = refusals.filter(({ reason }) => reason !== 'issuer');
  if (first !== undefined && first.reason !== 'issuer') return first;
  return telling.at(-1) ?? first ?? { kind: 'refused', reason: 'issuer' };
}

function passed<D extends Direction>(evidence: Authenticated<D>, text: string, { trace }: Context) {
  trace?.add({ step: 'authenticate', verdict: 'pass', text });
  return evidence;
}
