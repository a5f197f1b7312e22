import type { Diagnostic } from '../diagnostic.ts';
import { type Code, diagnostic } from '../diagnostic-codes.ts';
import type { FieldPath } from '../resource/resource.ts';
import { fieldPathText } from './field-path.ts';
import type { Finding } from './issue-text.ts';
import type { SourceItem } from './source-item.ts';

/** Collects the diagnostics of one resource. */
export interface ResourceReport {
  readonly diagnostics: readonly Diagnostic[];
  add(code: Code, path: FieldPath, message: string, remedy?: string, part?: 'key' | 'value'): void;
  addAll(findings: readonly Finding[]): void;
  /** Names the resource in what is added from now on. */
  name(resource: string): void;
}

/** More than a person reads: the rest is not reported. */
const MAX_PROBLEMS = 100;

/** An empty report on an item. */
export function resourceReport(item: SourceItem): ResourceReport {
  const diagnostics: Diagnostic[] = [];
  let resource: string | undefined;
  const add: ResourceReport['add'] = (code, path, message, remedy, part = 'value') => {
    if (diagnostics.length >= MAX_PROBLEMS) return;
    const position = item.locate(path, part);
    diagnostics.push(diagnostic(code, { resource, path: fieldPathText(path), position, message, remedy }));
  };
  return {
    diagnostics,
    add,
    addAll: (findings) => {
      for (const { code, path, message, remedy, part } of findings) add(code, path, message, remedy, part);
    },
    name: (name) => {
      resource = name;
    },
  };
}
