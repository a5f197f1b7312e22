import { isAlias, isMap, isNode, isScalar, isSeq, type Pair } from 'yaml';
import type { Position } from '../diagnostic.ts';
import type { FieldPath } from '../resource/resource.ts';
import type { SourceDocument } from './document.ts';

/**
 * Where a field is written, or its nearest written ancestor. A scalar is found at its value, a
 * collection at its key; `'key'` asks for the key always.
 */
export function locate(document: SourceDocument, path: FieldPath, part: 'key' | 'value' = 'value'): Position {
  let node: unknown = document.yaml.contents;
  let offset = offsetOf(node) ?? document.yaml.range[0];
  for (const segment of path) {
    const step = stepInto(resolved(document, node), segment);
    if (step === undefined) break;
    node = step.value;
    const own = step.key === undefined || (part === 'value' && isScalarLike(node)) ? node : step.key;
    offset = offsetOf(own) ?? offsetOf(step.key) ?? offset;
  }
  return document.position(offset);
}

interface Step {
  readonly key?: unknown;
  readonly value: unknown;
}

function stepInto(node: unknown, segment: string | number): Step | undefined {
  if (isSeq(node)) {
    const value = typeof segment === 'number' ? node.items[segment] : undefined;
    return value === undefined ? undefined : { value };
  }
  if (!isMap(node)) return undefined;
  const pair: Pair | undefined = node.items.find(({ key }) => keyIs(key, String(segment)));
  return pair && { key: pair.key, value: pair.value };
}

function keyIs(key: unknown, name: string): boolean {
  return isScalar(key) && (key.value === name || key.source === name);
}

function resolved(document: SourceDocument, node: unknown): unknown {
  return isAlias(node) ? node.resolve(document.yaml) : node;
}

function isScalarLike(node: unknown): boolean {
  return (isScalar(node) && node.value !== null) || isAlias(node);
}

function offsetOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}
