import type { SourceMap, SourcePlace } from '../../snapshot/source-map.ts';
import type { Diagnostic } from '../diagnostic.ts';
import { type Code, diagnostic } from '../diagnostic-codes.ts';
import { writtenKind } from '../resource/kinds.ts';
import type { FieldPath, Resource } from '../resource/resource.ts';

/** Collects what compiling has to say besides the snapshot. */
export class Report {
  readonly diagnostics: Diagnostic[] = [];
  readonly #places = new Map<string, SourcePlace>();
  readonly #said = new Set<string>();

  /** Remembers where the thing with this source key was written; returns the key. */
  place(key: string, resource: Resource, path: FieldPath): string {
    if (!this.#places.has(key)) this.#places.set(key, resource.origin.at(path));
    return key;
  }

  /** Adds a diagnostic about a field; the same one is given once. */
  add(code: Code, owner: Resource, path: FieldPath, message: string): void {
    const resource = `${writtenKind(owner.kind)} ${owner.namespace}/${owner.name}`;
    const key = JSON.stringify([code, resource, path, message]);
    if (this.#said.has(key)) return;
    this.#said.add(key);
    const position = owner.origin.at(path);
    this.diagnostics.push(diagnostic(code, { resource, path: fieldName(path), position, message }));
  }

  /** Every source key with its place, sorted by key. */
  get sources(): SourceMap {
    return [...this.#places].sort(([a], [b]) => (a < b ? -1 : 1));
  }
}

/** `Kind/namespace/name`, with further segments appended. */
export function sourceKey(resource: Resource, ...segments: readonly (string | number)[]): string {
  return [resource.kind, resource.namespace, resource.name, ...segments].join('/');
}

function fieldName(path: FieldPath): string {
  return path
    .map((step, i) => (typeof step === 'number' ? `[${step}]` : i === 0 ? step : `.${step}`))
    .join('');
}
