import { diagnostic } from '../../src/config/diagnostic-codes.ts';
import { readDocuments, type SourceDocument } from '../../src/config/reading/document.ts';
import { judge } from '../../src/config/reading/issue-text.ts';
import { locate } from '../../src/config/reading/locate.ts';
import { plainDocument } from '../../src/config/reading/plain-value.ts';
import type { FieldPath } from '../../src/config/resource/resource.ts';
import type { ManifestFile } from '../manifest-files.ts';
import type { TestFile } from './test-case.ts';
import { validatorCases, validatorTests, type WrittenRule } from './validator-format.ts';
import { weftCases, weftTests } from './weft-format.ts';

/** Reads a file of tests, of Weft or of istio-config-validator. Every mistake is a diagnostic with its position. */
export function readTestFile({ file, text }: ManifestFile, ruleOf: WrittenRule): TestFile {
  const { documents, diagnostics } = readDocuments(text, file);
  const read = documents.map((document) => readDocument(document, ruleOf));
  const cases = read.flatMap((one) => one.cases);
  const found = [...diagnostics, ...read.flatMap((one) => one.diagnostics)];
  if (cases.length > 0 || found.length > 0) return { cases, diagnostics: found };
  const position = { file, line: 1, column: 1 };
  return { cases, diagnostics: [diagnostic('WFT0105', { position, message: 'the file has no cases' })] };
}

/** Whether a file holds tests and not manifests; only a document's top-level keys tell. */
export function isTestText(text: string): boolean {
  return /^(?:cases|testCases):/m.test(text) && !/^kind:/m.test(text);
}

function readDocument(document: SourceDocument, ruleOf: WrittenRule): TestFile {
  const { value, diagnostics: all } = plainDocument(document);
  // What Kubernetes would read otherwise does not matter here: it never sees tests.
  const diagnostics = all.filter(({ severity }) => severity === 'error');
  if (diagnostics.length > 0) return { cases: [], diagnostics };
  const at = (path: FieldPath) => locate(document, path);
  const theirs = typeof value === 'object' && value !== null && 'testCases' in value;
  const judged = theirs ? judge(validatorTests, value, []) : judge(weftTests, value, []);
  if ('findings' in judged) {
    const found = judged.findings.map(({ code, path, part, message, remedy }) =>
      diagnostic(code, { position: locate(document, writtenPath(value, path), part), message, remedy }),
    );
    return { cases: [], diagnostics: [...diagnostics, ...found] };
  }
  const { output } = judged;
  const cases = 'testCases' in output ? validatorCases(output, at, ruleOf) : weftCases(output, at);
  return { cases, diagnostics };
}

/** A text or an object may stand for what it is read as: only as far as the path is written. */
function writtenPath(value: unknown, path: FieldPath): FieldPath {
  const written: (string | number)[] = [];
  let current = value;
  for (const segment of path) {
    if (typeof segment === 'number' && !Array.isArray(current)) continue;
    if (typeof current !== 'object' || current === null) break;
    written.push(segment);
    current = (current as Readonly<Record<string, unknown>>)[segment];
  }
  return written;
}
