import { stringify } from 'yaml';
import type { Position } from '../diagnostic.ts';
import type { FieldPath } from '../resource/resource.ts';
import type { SourceDocument } from './document.ts';
import { valueAt } from './field-path.ts';
import { locate } from './locate.ts';

/** One resource as it was written: a document, or an item of a `kind: List`. */
export interface SourceItem {
  readonly value: unknown;
  /** A document's text; an item of a List is written out as a document of its own. */
  readonly text: () => string;
  readonly locate: (path: FieldPath, part?: 'key' | 'value') => Position;
}

/** The resources of a document; Lists, also nested ones, are flattened. */
export function sourceItems(document: SourceDocument, value: unknown): readonly SourceItem[] {
  return flatten(value, []).map(({ value: item, path }) => ({
    value: item,
    text: () => (path.length === 0 ? document.text : stringify(item)),
    locate: (inner, part) => locate(document, [...path, ...inner], part),
  }));
}

interface Placed {
  readonly value: unknown;
  readonly path: FieldPath;
}

function flatten(value: unknown, path: FieldPath): readonly Placed[] {
  const items = valueAt(value, ['items']);
  if (valueAt(value, ['kind']) !== 'List' || !Array.isArray(items)) return [{ value, path }];
  return items.flatMap((item, index) => flatten(item, [...path, 'items', index]));
}
