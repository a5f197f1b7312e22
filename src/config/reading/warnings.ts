import type { Kind } from '../resource/kinds.ts';
import { fieldPathText } from './field-path.ts';
import { occurrences } from './unsupported.ts';
import { unusedMatches, type Warning } from './unused-matches.ts';
import type { WarnedField } from './warned-field.ts';
import { warnedFields } from './warned-fields.ts';

/** What Istio's validation warns of in a document, whether or not it is valid. */
export function warnings(kind: Kind, value: unknown): readonly Warning[] {
  const unused = kind === 'VirtualService' ? unusedMatches(value) : [];
  const warned = (WARNED.get(kind) ?? []).flatMap(({ path: pattern, message, remedy, when }) =>
    occurrences(value, pattern.split('.'), [])
      .filter((found) => found.value !== undefined && when(found.value))
      .map(({ path }) => ({ path, message: `${fieldPathText(path)}: ${message}`, remedy })),
  );
  return [...warned, ...unused];
}

const WARNED: ReadonlyMap<Kind, readonly WarnedField[]> = Map.groupBy(warnedFields, ({ kind }) => kind);
