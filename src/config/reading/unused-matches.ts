import type { FieldPath } from '../resource/resource.ts';
import { fieldPathText, valueAt } from './field-path.ts';

/** A valid value that was probably not meant. */
export interface Warning {
  readonly path: FieldPath;
  readonly message: string;
  readonly remedy?: string | undefined;
}

/** More matches than a person writes: the rest is not compared, for each is compared with all before it. */
const MAX_MATCHES = 200;

/** The matches of a VirtualService that an earlier match, or a rule without one, takes everything from. */
export function unusedMatches(resource: unknown): readonly Warning[] {
  return ['http', 'tls', 'tcp'].flatMap((field) =>
    unusedOf(valueAt(resource, ['spec', field]), ['spec', field]),
  );
}

function unusedOf(rules: unknown, at: FieldPath): readonly Warning[] {
  if (!Array.isArray(rules)) return [];
  const earlier: Place[] = [];
  const found: Warning[] = [];
  for (const [index, rule] of rules.entries()) {
    for (const place of placesOf(rule, [...at, index])) {
      const cover = earlier.find((before) => covers(before.match, place.match));
      if (cover !== undefined) found.push(warning(place.path, cover.path));
      else if (earlier.length < MAX_MATCHES) earlier.push(place);
    }
  }
  return found;
}

interface Place {
  readonly path: FieldPath;
  readonly match: Conditions;
}

/** Field of the match → its value, as it is and as text to compare. */
type Conditions = ReadonlyMap<string, { readonly value: unknown; readonly text: string }>;

/** A rule without matches is one match of everything. */
function placesOf(rule: unknown, path: FieldPath): readonly Place[] {
  const matches = valueAt(rule, ['match']);
  if (matches === undefined || (Array.isArray(matches) && matches.length === 0))
    return [{ path, match: new Map() }];
  if (!Array.isArray(matches)) return [];
  return matches.flatMap((match: unknown, index) =>
    typeof match === 'object' && match !== null
      ? [{ path: [...path, 'match', index], match: conditionsOf(match) }]
      : [],
  );
}

function conditionsOf(match: object): Conditions {
  const conditions = Object.entries(match).filter(([key]) => key !== 'name' && key !== 'statPrefix');
  return new Map(conditions.map(([key, value]) => [key, { value, text: JSON.stringify(value) }]));
}

/** Whether every request of `later` is one of `before`: the same conditions or fewer, and the same uri or a shorter prefix. */
function covers(before: Conditions, later: Conditions): boolean {
  for (const [key, { value, text }] of before) {
    const other = later.get(key);
    if (other === undefined ? value !== false : !isWithin(key, value, text, other)) return false;
  }
  return true;
}

function isWithin(
  key: string,
  value: unknown,
  text: string,
  other: { readonly value: unknown; readonly text: string },
): boolean {
  return text === other.text || (key === 'uri' && isPrefixOf(value, other.value));
}

function isPrefixOf(condition: unknown, other: unknown): boolean {
  const prefix = valueAt(condition, ['prefix']);
  const text = valueAt(other, ['prefix']) ?? valueAt(other, ['exact']);
  return typeof prefix === 'string' && typeof text === 'string' && text.startsWith(prefix);
}

function warning(path: FieldPath, cover: FieldPath): Warning {
  return {
    path,
    message: `${fieldPathText(path)} is not used: ${fieldPathText(cover)} takes every request that it matches`,
    remedy: 'put the narrower match first, or remove it',
  };
}
