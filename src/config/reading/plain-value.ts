import { isAlias, isMap, isScalar, isSeq, type Node, type Pair, type Scalar } from 'yaml';
import type { Diagnostic } from '../diagnostic.ts';
import { type Code, diagnostic } from '../diagnostic-codes.ts';
import type { SourceDocument } from './document.ts';

/** A document as plain data: objects without prototype, arrays, scalars. */
export interface PlainDocument {
  readonly value: unknown;
  /** Errors, and warnings about scalars that Kubernetes reads differently. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Nodes after aliases are expanded; a 1 MiB file without aliases stays far below. */
const MAX_NODES = 2_000_000;
const MAX_ALIASES = 100;
const MAX_DEPTH = 128;
/** More than a person reads. */
const MAX_PROBLEMS = 100;

const FORBIDDEN_KEYS = new Set(['__proto__', 'constructor', 'prototype']);
/** YAML 1.1 booleans and octal numbers, which Kubernetes' reader still has. */
const BOOLEAN_1_1 = /^(?:y|yes|on|n|no|off)$/i;
const OCTAL_1_1 = /^[-+]?0[0-7]+$/;

/** Turns a document into plain data; refuses merge keys, duplicate and dangerous keys, alias bombs. */
export function plainDocument(document: SourceDocument): PlainDocument {
  const reader: Reader = { document, diagnostics: [], nodes: 0, aliases: 0 };
  const value = plain(document.yaml.contents, reader, 0);
  return { value, diagnostics: reader.diagnostics };
}

interface Reader {
  readonly document: SourceDocument;
  readonly diagnostics: Diagnostic[];
  nodes: number;
  aliases: number;
}

function plain(node: unknown, reader: Reader, depth: number): unknown {
  reader.nodes++;
  if (reader.nodes > MAX_NODES || depth > MAX_DEPTH) return overflow(reader, node);
  if (isAlias(node)) {
    if (++reader.aliases > MAX_ALIASES) return overflow(reader, node);
    const target = node.resolve(reader.document.yaml);
    if (target === undefined)
      report(
        reader,
        'WFT0003',
        node,
        `alias *${node.source} has no anchor`,
        `write &${node.source} before it`,
      );
    return plain(target, reader, depth + 1);
  }
  if (isSeq(node)) return node.items.map((item) => colonText(item) ?? plain(item, reader, depth + 1));
  if (isMap(node)) return plainObject(node.items, reader, depth);
  return isScalar(node) ? scalarValue(node, reader) : null;
}

/** `[1::]` is a map to YAML 1.2, and the text `1::` to Kubernetes: an address, as a rule. */
function colonText(item: unknown): string | undefined {
  const [pair, ...others] = isMap(item) && item.flow ? item.items : [];
  if (!isMap(item) || pair === undefined || others.length > 0 || !isScalar(pair.key)) return undefined;
  const { type, source = '', range } = pair.key;
  const value = isScalar(pair.value) ? pair.value.source || pair.value.value : pair.value;
  const [from, to] = item.range ?? [];
  const bare = type === 'PLAIN' && value === null && range?.[0] === from;
  return bare && range?.[1] !== undefined && to === range[1] + 1 ? `${source}:` : undefined;
}

function plainObject(pairs: readonly Pair[], reader: Reader, depth: number): object {
  const object: Record<string, unknown> = Object.create(null);
  for (const pair of pairs) {
    const key = keyText(pair.key, reader);
    if (key !== undefined && Object.hasOwn(object, key))
      report(reader, 'WFT0005', pair.key, `key "${key}" is written twice`, 'keep one of them');
    else if (key !== undefined) object[key] = plain(pair.value, reader, depth + 1);
  }
  return object;
}

function keyText(node: unknown, reader: Reader): string | undefined {
  const scalar = isAlias(node) ? node.resolve(reader.document.yaml) : node;
  if (!isScalar(scalar)) {
    report(reader, 'WFT0004', node, 'a key must be text', 'write the key as a string');
    return undefined;
  }
  // `8080:` and `true:` are read as they are written, `? !!str` as its text.
  const key = typeof scalar.value === 'string' ? scalar.value : (scalar.source ?? String(scalar.value));
  if (key === '<<' && scalar.type === 'PLAIN')
    report(reader, 'WFT0007', node, 'merge keys (<<) are not allowed', 'write the merged fields out');
  else if (FORBIDDEN_KEYS.has(key))
    report(reader, 'WFT0004', node, `key "${key}" is not allowed`, 'choose another name');
  else return key;
  return undefined;
}

function scalarValue(node: Scalar, reader: Reader): unknown {
  const { source = '', type, value } = node;
  if (type === 'PLAIN' && (BOOLEAN_1_1.test(source) || OCTAL_1_1.test(source)))
    report(
      reader,
      'WFT0009',
      node,
      `${source} is ${typeof value === 'number' ? `the number ${value}` : 'text'} here, but not in Kubernetes`,
      `write "${source}" in quotes, or ${BOOLEAN_1_1.test(source) ? 'true or false' : 'the number without leading zeros'}`,
    );
  return value;
}

function overflow(reader: Reader, node: unknown): null {
  if (!reader.diagnostics.some(({ code }) => code === 'WFT0008'))
    report(reader, 'WFT0008', node, 'aliases expand to too much, or to themselves', 'write the values out');
  return null;
}

function report(reader: Reader, code: Code, node: unknown, message: string, remedy: string): void {
  // The rest is not reported, but an error is never crowded out by warnings.
  const errors = reader.diagnostics.some(({ severity }) => severity === 'error');
  if (reader.diagnostics.length >= MAX_PROBLEMS && (errors || code === 'WFT0009')) return;
  const offset = (node as Node | null)?.range?.[0] ?? reader.document.yaml.range[0];
  reader.diagnostics.push(diagnostic(code, { position: reader.document.position(offset), message, remedy }));
}
