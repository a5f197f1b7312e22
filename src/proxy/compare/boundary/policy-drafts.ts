import type { SpiffeId } from '../../../identity/spiffe.ts';
import type { StringMatch, ValueMatch } from '../../../match/value-match.ts';
import type { JwtRule } from '../../../snapshot/jwt-rule.ts';
import type { Condition, Policy, Rule } from '../../../snapshot/policy.ts';
import { boundaryTexts } from './boundary-texts.ts';
import { type Draft, draftTo, withClaim, withHeader } from './draft.ts';

/** A request, and who sends it from where. */
export interface CallerDraft {
  readonly draft: Draft;
  /** The caller's verified identity; undefined = none. */
  readonly principal: SpiffeId | undefined;
  /** IP address. */
  readonly remoteAddress: string;
}

/** What policies stand beside. */
export interface PolicyScope {
  /** Identities of the mesh. */
  readonly known: readonly SpiffeId[];
  readonly trustDomain: string;
  readonly jwtRules: readonly JwtRule[];
}

/** So many requests are made for the policies of one port. */
const MAX_DRAFTS = 2000;
/** Of each dimension of the table below. */
const MAX_VALUES = 12;

/**
 * Requests around the edges of policies: every caller that they name (and nobody, and those that are known) with every method
 * and path that they name and some that they do not, and for each rule one that meets it all.
 */
export function policyDrafts(
  authority: string,
  policies: readonly Policy[],
  { known, trustDomain, jwtRules }: PolicyScope,
): CallerDraft[] {
  const rules = policies.flatMap((policy) => policy.rules);
  const conditions = rules.flatMap(conditionsOf);
  const base = { draft: draftTo(authority), principal: undefined, remoteAddress: '127.0.0.1' };
  const directed = rules.flatMap((rule) => meetingRule(rule, base, trustDomain));
  const principals = [undefined, ...principalsOf(conditions, trustDomain), ...known].slice(0, MAX_VALUES);
  const methods = [...new Set(['GET', ...textsOf(conditions, 'request.method'), 'DELETE'])].slice(
    0,
    MAX_VALUES,
  );
  const paths = [...new Set(['/', ...textsOf(conditions, 'request.path'), '/none-of-these'])].slice(
    0,
    MAX_VALUES,
  );
  const table = principals.flatMap((principal) =>
    methods.flatMap((method) =>
      paths.map((path) => ({ ...base, principal, draft: { ...base.draft, method, path } })),
    ),
  );
  const tokens = jwtRules.map((rule) => ({ ...base, draft: withToken(base.draft, rule) }));
  const all = [...tokens, ...directed, ...table].map((one): [string, CallerDraft] => [
    JSON.stringify(one),
    one,
  ]);
  return [...new Map(all).values()].slice(0, MAX_DRAFTS);
}

/** A token that the rule is about. */
function withToken(draft: Draft, { issuer, audiences }: JwtRule): Draft {
  const issued = issuer === '' ? draft : withClaim(draft, ['iss'], issuer);
  const [audience] = audiences;
  return withClaim(audience === undefined ? issued : withClaim(issued, ['aud'], audience), ['sub'], 'any');
}

function conditionsOf({ from, to, when }: Rule): readonly Condition[] {
  return [...from.flat(), ...to.flat(), ...when];
}

/** For each way to meet a rule a request, and for each of its conditions one that misses just that. */
function meetingRule(rule: Rule, base: CallerDraft, trustDomain: string): CallerDraft[] {
  const froms = rule.from.length > 0 ? rule.from : [[]];
  const tos = rule.to.length > 0 ? rule.to : [[]];
  return froms.flatMap((from) =>
    tos.flatMap((to) => {
      const conditions = [...from, ...to, ...rule.when];
      const meet = (skipped?: Condition) =>
        conditions
          .filter((condition) => condition !== skipped)
          .reduce((one, condition) => meeting(condition, one, trustDomain), base);
      return [meet(), ...conditions.map((condition) => meet(condition))];
    }),
  );
}

function meeting(condition: Condition, caller: CallerDraft, trustDomain: string): CallerDraft {
  const { attribute, values } = condition;
  const [value] = values;
  if (value === undefined) return caller;
  const { draft } = caller;
  switch (attribute.kind) {
    case 'source.principal':
    case 'source.namespace':
    case 'source.serviceAccount':
      return { ...caller, principal: principalsOf([condition], trustDomain)[0] ?? caller.principal };
    case 'source.ip':
    case 'remote.ip':
      return {
        ...caller,
        remoteAddress: value.kind === 'cidr' ? addressIn(value.value) : caller.remoteAddress,
      };
    case 'request.method':
      return { ...caller, draft: { ...draft, method: firstText(value) ?? draft.method } };
    case 'request.path':
      return { ...caller, draft: { ...draft, path: firstText(value, true) ?? draft.path } };
    case 'request.host':
      return { ...caller, draft: { ...draft, authority: firstText(value) ?? draft.authority } };
    case 'request.header':
      return { ...caller, draft: withHeader(draft, attribute.name.toLowerCase(), firstText(value) ?? 'any') };
    case 'request.auth.claim':
      return { ...caller, draft: withClaim(draft, attribute.path, firstText(value) ?? 'any') };
    case 'request.auth.principal':
      return { ...caller, draft: withPrincipal(draft, firstText(value) ?? 'any') };
    case 'request.auth.audiences':
      return { ...caller, draft: withClaim(draft, ['aud'], firstText(value) ?? 'any') };
    case 'request.auth.presenter':
      return { ...caller, draft: withClaim(draft, ['azp'], firstText(value) ?? 'any') };
    default:
      return caller;
  }
}

/** `issuer/subject`; issuers are mostly URLs, so that the last slash is the one between. */
function withPrincipal(draft: Draft, text: string): Draft {
  const slash = text.lastIndexOf('/');
  const issued = slash > 0 ? withClaim(draft, ['iss'], text.slice(0, slash)) : draft;
  return withClaim(issued, ['sub'], text.slice(slash + 1) || 'any');
}

/** Every text on the edge of conditions on an attribute. */
function textsOf(conditions: readonly Condition[], kind: 'request.method' | 'request.path'): string[] {
  const own = conditions.filter(({ attribute }) => attribute.kind === kind);
  return own
    .flatMap(({ values, notValues }) => [...values, ...notValues].filter(isText))
    .flatMap((value) => {
      const { meets, misses } = boundaryTexts(value, kind === 'request.path');
      return kind === 'request.method'
        ? meets.filter((text) => /^[A-Z]+$/.test(text))
        : [...meets, ...misses];
    });
}

/** A caller for each principal, namespace and account that conditions name. */
function principalsOf(conditions: readonly Condition[], trustDomain: string): SpiffeId[] {
  return conditions.flatMap(({ attribute, values, notValues }) =>
    [...values, ...notValues].filter(isText).flatMap((value) => {
      const text = value.kind === 'present' ? '' : firstText(value);
      return text === undefined ? [] : (principalOf(attribute.kind, text, trustDomain) ?? []);
    }),
  );
}

function principalOf(kind: string, text: string, trustDomain: string): SpiffeId | undefined {
  if (kind === 'source.namespace') return { trustDomain, path: `/ns/${text}/sa/any` };
  if (kind === 'source.serviceAccount') {
    const [namespace = '', account = ''] = text.includes('/') ? text.split('/') : ['default', text];
    return { trustDomain, path: `/ns/${namespace}/sa/${account}` };
  }
  if (kind !== 'source.principal') return undefined;
  if (text === '') return { trustDomain, path: '/ns/default/sa/any' };
  const slash = text.indexOf('/');
  // A pattern may begin or end anywhere: what it leaves open is filled in.
  const path = /^(\/ns\/[^/]+\/sa\/[^/]+)$/.exec(text.slice(slash))?.[1];
  return path === undefined ? undefined : { trustDomain: text.slice(0, slash) || trustDomain, path };
}

function firstText(value: ValueMatch, isPath = false): string | undefined {
  return isText(value) ? boundaryTexts(value, isPath).meets[0] : undefined;
}

function isText(value: ValueMatch): value is StringMatch {
  return value.kind !== 'cidr' && value.kind !== 'port';
}

/** The first address of a block. */
function addressIn(cidr: string): string {
  return cidr.replace(/\/\d+$/, '');
}
