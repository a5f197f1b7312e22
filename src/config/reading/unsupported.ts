import type { Kind } from '../resource/kinds.ts';
import type { FieldPath } from '../resource/resource.ts';
import type { UnsupportedField } from './unsupported-field.ts';
import { UNSUPPORTED_FIELDS } from './unsupported-fields.ts';

/** An unsupported field, where it is written. */
export interface Occurrence {
  readonly path: FieldPath;
  readonly field: UnsupportedField;
}

/** Every field of a document that is validated but not acted on, or refused. */
export function unsupportedFields(kind: Kind, value: unknown): readonly Occurrence[] {
  return UNSUPPORTED_FIELDS.filter((field) => field.kind === kind).flatMap((field) =>
    occurrences(value, field.path.split('.'), [])
      .filter((found) => found.value !== undefined && (field.when?.(found.value, found.path) ?? true))
      .map(({ path }) => ({ path, field })),
  );
}

/** A place that a path pattern names, with what is written there. */
export interface Found {
  readonly path: FieldPath;
  readonly value: unknown;
}

/** Every place of a document that a path pattern names, split at its dots. */
export function occurrences(value: unknown, pattern: readonly string[], path: FieldPath): readonly Found[] {
  const [step, ...rest] = pattern;
  if (step === undefined) return [{ path, value }];
  if (typeof value !== 'object' || value === null) return [];
  if (step === '*')
    return Object.entries(value).flatMap(([key, inner]) => occurrences(inner, rest, [...path, key]));
  const name = step.replace(/\[\]$/, '');
  const inner: unknown = Reflect.get(value, name);
  if (name === step) return occurrences(inner, rest, [...path, name]);
  return Array.isArray(inner)
    ? inner.flatMap((item, index) => occurrences(item, rest, [...path, name, index]))
    : [];
}
