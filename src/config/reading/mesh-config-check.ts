import type * as z from 'zod';
import type { Code } from '../diagnostic-codes.ts';
import { meshConfig } from '../resource/mesh-config.ts';
import { readDocuments } from './document.ts';
import { judge } from './issue-text.ts';
import { plainDocument } from './plain-value.ts';

/** A MeshConfig, or what is wrong with it; `line` counts from the first of the text. */
export interface ReadMeshConfig {
  readonly config?: z.output<typeof meshConfig>;
  /** The fields that are written, in order. */
  readonly written: readonly string[];
  readonly problems: readonly {
    readonly code: Code;
    readonly message: string;
    readonly remedy?: string | undefined;
  }[];
}

/** Reads the YAML text of a MeshConfig (`data.mesh` of ConfigMap `istio`). An empty text is the defaults. */
export function readMeshConfig(text: string): ReadMeshConfig {
  const { documents, diagnostics } = readDocuments(text, 'mesh');
  const [document] = documents;
  const plain = document ? plainDocument(document) : { value: {}, diagnostics: [] };
  const problems = [...diagnostics, ...plain.diagnostics].flatMap(({ code, severity, position, message }) =>
    severity === 'error' ? [{ code: code as Code, message: `line ${position.line}: ${message}` }] : [],
  );
  if (problems.length > 0) return { written: [], problems };
  const judged = judge(meshConfig, plain.value ?? {}, ['mesh']);
  if ('findings' in judged) return { written: [], problems: judged.findings };
  return { config: judged.output, written: Object.keys(plain.value ?? {}), problems: [] };
}
