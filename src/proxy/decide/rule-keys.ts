import { lowerAscii } from '../../match/string-match.ts';
import type { ValueMatch } from '../../match/value-match.ts';
import type { Attribute, Condition, Rule } from '../../snapshot/policy.ts';
import { isAuthorityName } from './apply-edits.ts';

/**
 * What one attribute must be for a rule to have a chance: one of `exact`, or something that begins with one of
 * `prefixes`. A rule may ask for more; it never holds without this.
 */
export interface RuleKeys {
  readonly attribute: Attribute;
  /** Tells attributes apart. */
  readonly name: string;
  /** Compared whatever the case of ASCII letters; then the keys are in lower case. */
  readonly ignoreCase: boolean;
  readonly exact: readonly string[];
  readonly prefixes: readonly string[];
}

/** The keys of a rule, one entry for each attribute with a key. */
export function ruleKeys({ from, to, when }: Rule): RuleKeys[] {
  const byName = new Map<string, RuleKeys>();
  const parts = [from, to, ...when.map((condition) => [[condition]])];
  for (const keys of parts.flatMap(partKeys)) {
    const known = byName.get(keys.name);
    if (known === undefined || sizeOf(keys) < sizeOf(known)) byName.set(keys.name, keys);
  }
  return [...byName.values()];
}

/** How many values a rule is kept under. */
export function sizeOf({ exact, prefixes }: RuleKeys): number {
  return exact.length + prefixes.length;
}

/** Whether an attribute is compared whatever the case of ASCII letters. */
export function ignoresCase(attribute: Attribute): boolean {
  if (attribute.kind === 'request.header') return isAuthorityName(attribute.name.toLowerCase());
  return attribute.kind === 'request.host';
}

type Part = readonly (readonly Condition[])[];

/** Any of the groups may hold, so that each of them must say something of the attribute. */
function partKeys(groups: Part): RuleKeys[] {
  const [first, ...others] = groups.map(groupKeys);
  if (first === undefined) return [];
  return [...first.values()].flatMap((keys) => {
    const rest = others.map((other) => other.get(keys.name));
    return rest.every((other) => other !== undefined) ? [union([keys, ...rest])] : [];
  });
}

function groupKeys(group: readonly Condition[]): ReadonlyMap<string, RuleKeys> {
  const keys = new Map<string, RuleKeys>();
  for (const condition of group) {
    const own = conditionKeys(condition);
    if (own !== undefined && !keys.has(own.name)) keys.set(own.name, own);
  }
  return keys;
}

function conditionKeys({ attribute, values }: Condition): RuleKeys | undefined {
  if (values.length === 0) return undefined;
  const ignoreCase = ignoresCase(attribute);
  const exact = new Set<string>();
  const prefixes = new Set<string>();
  for (const value of values) {
    const key = keyOf(value, ignoreCase);
    if (key === undefined) return undefined;
    (key.whole ? exact : prefixes).add(ignoreCase ? lowerAscii(key.text) : key.text);
  }
  return {
    attribute,
    name: attributeKey(attribute),
    ignoreCase,
    exact: [...exact],
    prefixes: [...prefixes],
  };
}

/** Undefined where only a look at the value itself tells: suffixes, regular expressions, blocks of addresses. */
function keyOf(value: ValueMatch, ignoreCase: boolean): { text: string; whole: boolean } | undefined {
  switch (value.kind) {
    case 'exact':
    case 'prefix':
      if (value.ignoreCase && !ignoreCase) return undefined;
      return { text: value.value, whole: value.kind === 'exact' };
    case 'template':
      return { text: value.value.slice(0, value.value.search(/\{\*\*?\}/)), whole: false };
    case 'port':
      return { text: String(value.value), whole: true };
    default:
      return undefined;
  }
}

function union(all: readonly [RuleKeys, ...RuleKeys[]]): RuleKeys {
  const exact = new Set(all.flatMap((keys) => keys.exact));
  const prefixes = new Set(all.flatMap((keys) => keys.prefixes));
  return { ...all[0], exact: [...exact], prefixes: [...prefixes] };
}

function attributeKey(attribute: Attribute): string {
  if (attribute.kind === 'request.header') return `${attribute.kind} ${attribute.name.toLowerCase()}`;
  return attribute.kind === 'request.auth.claim'
    ? `${attribute.kind} ${JSON.stringify(attribute.path)}`
    : attribute.kind;
}
