import type { Diagnostic } from './diagnostic.ts';
import { diagnostic } from './diagnostic-codes.ts';
import { readDocuments, type SourceDocument } from './reading/document.ts';
import { plainDocument } from './reading/plain-value.ts';
import { readResource } from './reading/read-resource.ts';
import { sourceItems } from './reading/source-item.ts';
import type { Resource } from './resource/resource.ts';

/** What a file holds. A resource with an error is left out, and `diagnostics` say why. */
export interface Parsed {
  readonly resources: Resource[];
  /** Those left out, as far as they can be read: for analysis only. */
  readonly refused: Resource[];
  readonly diagnostics: Diagnostic[];
}

/** How to read a file. */
export interface ParseOptions {
  /** For resources that name no namespace; `default` unless given. */
  readonly defaultNamespace?: string;
}

/** Reads a YAML file of one or more documents, Lists flattened, every resource validated. Never throws. */
export function parseResources(text: string, file: string, options: ParseOptions = {}): Parsed {
  const { documents, diagnostics } = readDocuments(text, file);
  const parsed: Parsed = { resources: [], refused: [], diagnostics: [...diagnostics] };
  for (const document of documents) readDocument(document, options.defaultNamespace ?? 'default', parsed);
  parsed.diagnostics.sort(
    (a, b) => a.position.line - b.position.line || a.position.column - b.position.column,
  );
  return parsed;
}

function readDocument(document: SourceDocument, defaultNamespace: string, parsed: Parsed): void {
  const { value, diagnostics } = plainDocument(document);
  parsed.diagnostics.push(...diagnostics);
  if (value === null || diagnostics.some(({ severity }) => severity === 'error')) return;
  for (const item of sourceItems(document, value)) {
    if (typeof item.value !== 'object' || item.value === null || Array.isArray(item.value)) {
      const position = item.locate([]);
      parsed.diagnostics.push(diagnostic('WFT0100', { position, message: 'a resource must be a map' }));
      continue;
    }
    const read = readResource(item, defaultNamespace);
    parsed.diagnostics.push(...read.diagnostics);
    if (read.resource) parsed.resources.push(read.resource);
    if (read.refused) parsed.refused.push(read.refused);
  }
}
