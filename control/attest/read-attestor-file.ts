import type { Diagnostic } from '../../src/config/diagnostic.ts';
import { diagnostic } from '../../src/config/diagnostic-codes.ts';
import { renderDiagnostic } from '../../src/config/diagnostic-text.ts';
import { readDocuments } from '../../src/config/reading/document.ts';
import { judge } from '../../src/config/reading/issue-text.ts';
import { locate } from '../../src/config/reading/locate.ts';
import { plainDocument } from '../../src/config/reading/plain-value.ts';
import { type AttestorFile, attestorFile, defaultAttestors } from './attestor-file.ts';

/** What a file says, or every mistake in it with its place. */
export type ReadAttestors =
  | { readonly attestors: AttestorFile }
  | { readonly diagnostics: readonly Diagnostic[] };

/** Reads a file of policies of attestors, one YAML document. */
export function readAttestorFile(text: string, file: string): ReadAttestors {
  const { documents, diagnostics } = readDocuments(text, file);
  const [document, second] = documents;
  if (diagnostics.length > 0) return { diagnostics };
  if (document === undefined) return { attestors: defaultAttestors };
  if (second !== undefined) {
    const position = locate(second, []);
    return { diagnostics: [diagnostic('WFT0104', { position, message: 'a second document is not read' })] };
  }
  const { value, diagnostics: all } = plainDocument(document);
  const errors = all.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) return { diagnostics: errors };
  const judged = judge(attestorFile, value ?? {}, []);
  if ('output' in judged) return { attestors: judged.output };
  const found = judged.findings.map(({ code, path, part, message, remedy }) =>
    diagnostic(code, { position: locate(document, path, part), message, remedy }),
  );
  return { diagnostics: found };
}

/** The same; throws all that is wrong, with its lines. */
export function parseAttestorFile(text: string, file: string): AttestorFile {
  const read = readAttestorFile(text, file);
  if ('attestors' in read) return read.attestors;
  throw new Error(read.diagnostics.map((one) => renderDiagnostic(one, text)).join('\n'));
}
