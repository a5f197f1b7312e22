import { PRINCIPAL_SEPARATOR } from '../../identity/jwt/token-verdict.ts';
import type { Predicate } from '../../match/predicate.ts';
import { ignoringCase } from '../../match/string-match.ts';
import type { ValueMatch } from '../../match/value-match.ts';
import { compileValueMatch } from '../../match/value-predicate.ts';
import type { Attribute, Condition } from '../../snapshot/policy.ts';
import {
  type AttributeScope,
  type ReadAttribute,
  readAttribute,
  repeatedLines,
  type Subject,
  unjoinedLines,
  type Values,
} from './attribute.ts';
import { splitPrincipal, trustDomainAlias } from './peer-names.ts';
import { ignoresCase } from './rule-keys.ts';

/** A compiled condition of a policy: it decides, and it can say what it found and what it wants. */
export interface SubjectPredicate {
  test(subject: Subject): boolean;
  /** Why it holds or not for this subject, e.g. `request.method is "GET", wants exact "POST"`. */
  explain(subject: Subject): string;
}

/**
 * Compiles a condition. A header that came in several lines must not get past a policy by its neighbours: a
 * match that leads to a denial is satisfied by any line or all of them joined, one that leads to admission
 * needs every line. Where the platform has joined them, what stands between commas may have been a line to a denial,
 * and is none to an admission: most values with commas came as they are.
 */
export function compileCondition(
  condition: Condition,
  denies: boolean,
  scope: AttributeScope,
): SubjectPredicate {
  const { attribute } = condition;
  const read = readAttribute(attribute, scope);
  const wanted = condition.values.map((value) => compileValue(value, attribute));
  const unwanted = condition.notValues.map((value) => compileValue(value, attribute));
  const direct = directTest(condition, scope);
  const holds = direct ?? (wanted.length > 0 ? matcher(attribute, read, wanted, denies) : always);
  const excluded = unwanted.length > 0 ? matcher(attribute, read, unwanted, !denies) : never;
  return {
    test: unwanted.length === 0 ? holds : (subject) => holds(subject) && !excluded(subject),
    explain: (subject) =>
      `${attributeName(attribute)} ${found(read(subject))}, wants ${demand(wanted, unwanted)}`.replaceAll(
        PRINCIPAL_SEPARATOR,
        '/',
      ),
  };
}

type Test = (subject: Subject) => boolean;

const always: Test = () => true;
const never: Test = () => false;

/** Hosts are compared whatever their case. */
function compileValue(value: ValueMatch, attribute: Attribute): Predicate<string> {
  const plain = !ignoresCase(attribute) || value.kind === 'cidr' || value.kind === 'port';
  return compileValueMatch(plain ? value : ignoringCase(value));
}

function matcher(
  attribute: Attribute,
  read: ReadAttribute,
  predicates: readonly Predicate<string>[],
  wide: boolean,
): Test {
  if (attribute.kind !== 'request.header') return valuesTest(predicates, read);
  const name = attribute.name.toLowerCase();
  return (subject) => {
    const lines = repeatedLines(subject, name);
    if (lines === undefined) {
      const value = read(subject);
      if (anyHolds(predicates, value)) return true;
      return wide && typeof value === 'string' && anyHolds(predicates, unjoinedLines(subject, value));
    }
    if (wide) return anyHolds(predicates, lines) || anyHolds(predicates, read(subject));
    return lines.every((line) => oneHolds(predicates, line));
  };
}

/** What most rules ask for is read without a detour: one method, one path, one principal. */
function directTest({ attribute, values }: Condition, { trustDomain }: AttributeScope): Test | undefined {
  const [value, ...more] = values;
  if (value === undefined || more.length > 0) return undefined;
  if ((value.kind !== 'exact' && value.kind !== 'prefix') || value.ignoreCase) return undefined;
  const wanted = value.value;
  if (attribute.kind === 'request.path' && value.kind === 'prefix')
    return ({ request }) => request.path.startsWith(wanted);
  if (value.kind === 'prefix') return undefined;
  if (attribute.kind === 'request.path') return ({ request }) => request.path === wanted;
  if (attribute.kind === 'request.method') return ({ request }) => request.method === wanted;
  if (attribute.kind !== 'source.principal') return undefined;
  return principalTest(wanted, trustDomain);
}

/** The path tells most peers apart; then the trust domain counts, the mesh's own by its alias too. */
function principalTest(wanted: string, own: string): Test {
  const { trustDomain, path } = splitPrincipal(wanted);
  const isAlias = trustDomain === trustDomainAlias;
  return ({ peer }) => {
    if (peer === undefined || peer.id.path !== path) return false;
    const actual = peer.id.trustDomain;
    return actual === trustDomain || (isAlias && actual === own);
  };
}

/** Conditions are tested on the hot path: one value and one predicate are compared without a loop. */
function valuesTest(predicates: readonly Predicate<string>[], read: ReadAttribute): Test {
  const [only, ...more] = predicates;
  if (only === undefined || more.length > 0) return (subject) => anyHolds(predicates, read(subject));
  return (subject) => {
    const values = read(subject);
    return typeof values === 'string' ? only.test(values) : anyHolds(predicates, values);
  };
}

function anyHolds(predicates: readonly Predicate<string>[], values: Values): boolean {
  if (values === undefined) return false;
  if (typeof values === 'string') return oneHolds(predicates, values);
  for (const value of values) if (oneHolds(predicates, value)) return true;
  return false;
}

function oneHolds(predicates: readonly Predicate<string>[], value: string): boolean {
  for (const predicate of predicates) if (predicate.test(value)) return true;
  return false;
}

function attributeName(attribute: Attribute): string {
  if (attribute.kind === 'request.header') return `request.headers[${attribute.name}]`;
  if (attribute.kind !== 'request.auth.claim') return attribute.kind;
  return `request.auth.claims${attribute.path.map((part) => `[${part}]`).join('')}`;
}

function found(values: Values): string {
  if (values === undefined) return 'is missing';
  return `is ${typeof values === 'string' ? JSON.stringify(values) : values.map((v) => JSON.stringify(v)).join(' or ')}`;
}

function demand(wanted: readonly Predicate<string>[], unwanted: readonly Predicate<string>[]): string {
  const parts: string[] = [];
  if (wanted.length > 0) parts.push(wanted.map((predicate) => predicate.explain()).join(' or '));
  if (unwanted.length > 0)
    parts.push(`not ${unwanted.map((predicate) => predicate.explain()).join(', nor ')}`);
  return parts.join(' and ') || 'anything';
}
