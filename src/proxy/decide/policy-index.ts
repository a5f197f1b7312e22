import { lowerAscii } from '../../match/string-match.ts';
import { type AttributeScope, type ReadAttribute, readEveryLine, type Subject } from './attribute.ts';
import { splitPrincipal } from './peer-names.ts';
import type { CompiledPolicy, CompiledRule } from './policy.ts';
import { buildPrefixTable, emptyHash, extendHash, type PrefixTable, prefixAt } from './prefix-table.ts';
import { type RuleKeys, sizeOf } from './rule-keys.ts';

/** A rule in its place among all rules of the policies of one action. */
export interface RuleCandidate {
  readonly order: number;
  readonly policy: CompiledPolicy;
  /** Its place in the policy. */
  readonly index: number;
  readonly rule: CompiledRule;
}

/**
 * The rules of several policies by what an attribute must be for them to have a chance. What it proposes is tested
 * as it is written, so that it decides only which rules are looked at.
 */
export interface PolicyIndex {
  /** The lowest order in it. */
  readonly first: number;
  readonly tables: readonly ValueTable[];
  /** Rules that nothing tells apart, in order. */
  readonly rest: readonly RuleCandidate[];
}

/** Rules by the value of one attribute. */
export interface ValueTable {
  readonly read: ReadAttribute;
  readonly ignoreCase: boolean;
  readonly exact: ReadonlyMap<string, PolicyIndex>;
  /** Undefined where no rule asks for a beginning. */
  readonly prefixes: PrefixTable<PolicyIndex> | undefined;
}

/** After every rule; small enough for engines to compare as an integer. */
const AFTER_ALL = 0x3fffffff;
/** Fewer rules are read one by one faster than an attribute is looked up. */
const FEW = 4;
/** Every table costs each request a look at its attribute. */
const MAX_TABLES = 8;
/** Tables within tables. */
const MAX_DEPTH = 2;
/** A rule stands under each of its values; within a table that would multiply. */
const MAX_INNER_VALUES = 8;

/** Builds the index of policies in their order; `scope` is the one that they were compiled in. */
export function buildPolicyIndex(policies: readonly CompiledPolicy[], scope: AttributeScope): PolicyIndex {
  let order = 0;
  const candidates = policies.flatMap((policy) =>
    policy.rules.map((rule, index): RuleCandidate => ({ order: order++, policy, index, rule })),
  );
  return build(candidates, [], scope);
}

/** The first rule in the order of the policies that holds, when it comes before `best`; else `best`. */
export function firstRule(
  index: PolicyIndex,
  subject: Subject,
  best?: RuleCandidate,
): RuleCandidate | undefined {
  let found = firstOfRest(index, subject, best);
  const { tables } = index;
  if (found !== undefined && index.first >= found.order) return found;
  for (let i = 0; i < tables.length; i++) found = firstOfTable(tables[i] as ValueTable, subject, found);
  return found;
}

/** Most of what tables lead to has no tables itself: engines do without a call for it. */
function firstWithin(
  index: PolicyIndex,
  subject: Subject,
  best: RuleCandidate | undefined,
): RuleCandidate | undefined {
  return index.tables.length === 0 ? firstOfRest(index, subject, best) : firstRule(index, subject, best);
}

function firstOfRest(
  { rest }: PolicyIndex,
  subject: Subject,
  best: RuleCandidate | undefined,
): RuleCandidate | undefined {
  const order = best === undefined ? AFTER_ALL : best.order;
  for (let i = 0; i < rest.length; i++) {
    const candidate = rest[i] as RuleCandidate;
    if (candidate.order >= order) return best;
    if (candidate.rule.test(subject)) return candidate;
  }
  return best;
}

function firstOfTable(
  table: ValueTable,
  subject: Subject,
  best: RuleCandidate | undefined,
): RuleCandidate | undefined {
  const values = table.read(subject);
  if (values === undefined) return best;
  if (typeof values === 'string') return firstOfValue(table, values, subject, best);
  let found = best;
  for (const value of values) found = firstOfValue(table, value, subject, found);
  return found;
}

function firstOfValue(
  { ignoreCase, exact, prefixes }: ValueTable,
  written: string,
  subject: Subject,
  best: RuleCandidate | undefined,
): RuleCandidate | undefined {
  const value = ignoreCase ? lowerAscii(written) : written;
  const own = exact.get(value);
  const found = own === undefined ? best : firstWithin(own, subject, best);
  return prefixes === undefined ? found : firstOfPrefixes(prefixes, value, subject, found);
}

function firstOfPrefixes(
  table: PrefixTable<PolicyIndex>,
  value: string,
  subject: Subject,
  best: RuleCandidate | undefined,
): RuleCandidate | undefined {
  const { lengths } = table;
  const end = Math.min(value.length + 1, lengths.length);
  let found = best;
  let hash = emptyHash;
  for (let length = 0; length < end; length++) {
    if (length > 0) hash = extendHash(hash, value.charCodeAt(length - 1));
    if (lengths[length] === 0) continue;
    const own = prefixAt(table, value, length, hash);
    if (own !== undefined) found = firstWithin(own, subject, found);
  }
  return found;
}

function build(
  candidates: readonly RuleCandidate[],
  used: readonly string[],
  scope: AttributeScope,
): PolicyIndex {
  const first = candidates[0]?.order ?? AFTER_ALL;
  if (candidates.length <= FEW || used.length === MAX_DEPTH) return { first, tables: [], rest: candidates };
  const most = used.length === 0 ? Number.POSITIVE_INFINITY : MAX_INNER_VALUES;
  const choices = chooseKeys(candidates, (keys) => !used.includes(keys.name) && sizeOf(keys) <= most);
  const groups = new Map<string, Group>();
  const rest: RuleCandidate[] = [];
  for (const [i, candidate] of candidates.entries()) {
    const keys = choices[i];
    if (keys === undefined) rest.push(candidate);
    else addTo(groups, keys, candidate);
  }
  return { first, rest, tables: [...groups.values()].map((group) => tableOf(group, used, scope)) };
}

interface Group {
  readonly keys: RuleKeys;
  readonly exact: Map<string, RuleCandidate[]>;
  readonly prefixes: Map<string, RuleCandidate[]>;
}

function addTo(groups: Map<string, Group>, keys: RuleKeys, candidate: RuleCandidate): void {
  const group = groups.get(keys.name) ?? { keys, exact: new Map(), prefixes: new Map() };
  groups.set(keys.name, group);
  for (const value of keys.exact) append(group.exact, tableKey(keys, value), candidate);
  for (const value of keys.prefixes) append(group.prefixes, tableKey(keys, value), candidate);
}

/** Principals stand by their path alone, which a peer has ready; the rule itself looks at the trust domain. */
function tableKey({ attribute }: RuleKeys, value: string): string {
  return attribute.kind === 'source.principal' ? splitPrincipal(value).path : value;
}

function readOfTable({ attribute }: RuleKeys, scope: AttributeScope): ReadAttribute {
  return attribute.kind === 'source.principal' ? pathOfPeer : readEveryLine(attribute, scope);
}

const pathOfPeer: ReadAttribute = ({ peer }) => peer?.id.path;

function append(map: Map<string, RuleCandidate[]>, value: string, candidate: RuleCandidate): void {
  const own = map.get(value);
  if (own === undefined) map.set(value, [candidate]);
  else if (own.at(-1) !== candidate) own.push(candidate);
}

function tableOf(
  { keys, exact, prefixes }: Group,
  used: readonly string[],
  scope: AttributeScope,
): ValueTable {
  const within = [...used, keys.name];
  const inner = (own: ReadonlyMap<string, readonly RuleCandidate[]>) =>
    new Map([...own].map(([value, candidates]) => [value, build(candidates, within, scope)]));
  return {
    read: readOfTable(keys, scope),
    ignoreCase: keys.ignoreCase,
    exact: inner(exact),
    prefixes: prefixes.size === 0 ? undefined : buildPrefixTable(inner(prefixes)),
  };
}

type Usable = (keys: RuleKeys) => boolean;

/** For each rule the keys that leave the fewest others beside it; undefined where it has none. */
function chooseKeys(candidates: readonly RuleCandidate[], usable: Usable): (RuleKeys | undefined)[] {
  const crowds = new Map<string, number>();
  for (const { rule } of candidates) for (const keys of rule.keys) if (usable(keys)) count(keys, crowds);
  const best = (isUsable: Usable) =>
    candidates.map(({ rule }) => leastCrowded(rule.keys.filter(isUsable), crowds));
  const wanted = new Map<string, number>();
  const choices = best(usable);
  for (const keys of choices) if (keys) wanted.set(keys.name, (wanted.get(keys.name) ?? 0) + 1);
  if (wanted.size <= MAX_TABLES) return choices;
  const ranked = [...wanted].sort(([, a], [, b]) => b - a).slice(0, MAX_TABLES);
  const names = new Set(ranked.map(([name]) => name));
  return best((keys) => usable(keys) && names.has(keys.name));
}

function leastCrowded(all: readonly RuleKeys[], crowds: ReadonlyMap<string, number>): RuleKeys | undefined {
  let chosen: RuleKeys | undefined;
  let fewest = Number.POSITIVE_INFINITY;
  for (const keys of all) {
    const crowd = places(keys).reduce((most, place) => Math.max(most, crowds.get(place) ?? 0), 0);
    if (crowd >= fewest) continue;
    chosen = keys;
    fewest = crowd;
  }
  return chosen;
}

function count(keys: RuleKeys, crowds: Map<string, number>): void {
  for (const place of places(keys)) crowds.set(place, (crowds.get(place) ?? 0) + 1);
}

function places({ name, exact, prefixes }: RuleKeys): string[] {
  return [...exact.map((value) => `${name}=${value}`), ...prefixes.map((value) => `${name}^${value}`)];
}
