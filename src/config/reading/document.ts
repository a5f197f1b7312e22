import { Composer, type Document, Lexer, LineCounter, Parser, type YAMLError } from 'yaml';
import type { Diagnostic, Position } from '../diagnostic.ts';
import { type Code, diagnostic } from '../diagnostic-codes.ts';

/** One YAML document of a file. */
export interface SourceDocument {
  readonly yaml: Document.Parsed;
  /** Its text, as it was written. */
  readonly text: string;
  /** Position of an offset in the file. */
  position(offset: number): Position;
}

/** What a file holds. A file that breaks a limit, or a document that is not YAML, gives diagnostics only. */
export interface SourceDocuments {
  readonly documents: readonly SourceDocument[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Bytes of UTF-8. */
export const MAX_FILE_BYTES = 1024 * 1024;
/** Collections inside each other. */
export const MAX_DEPTH = 64;

/** More than a person reads: the rest is not reported. */
const MAX_PROBLEMS = 100;

/** Splits a file into YAML 1.2 documents; size and depth are judged before anything is built. */
export function readDocuments(text: string, file: string): SourceDocuments {
  const lines = new LineCounter();
  const position = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const refuse = (code: Code, offset: number, message: string, remedy: string): SourceDocuments => ({
    documents: [],
    diagnostics: [diagnostic(code, { position: position(offset), message, remedy })],
  });
  if (text.length > MAX_FILE_BYTES || new TextEncoder().encode(text).length > MAX_FILE_BYTES)
    return refuse('WFT0001', 0, 'the file is larger than 1 MiB', 'split it into several files');
  const tokens = tokensWithin(text, lines);
  if (typeof tokens === 'number')
    return refuse(
      'WFT0002',
      tokens,
      `collections are nested more than ${MAX_DEPTH} deep`,
      'flatten the document',
    );
  return compose(text, tokens, position);
}

type Token = ReturnType<Parser['next']> extends Generator<infer T> ? T : never;

/** The file's tokens, or the offset where it gets too deep. */
function tokensWithin(text: string, lines: LineCounter): Token[] | number {
  const parser = new Parser(lines.addNewLine);
  lines.addNewLine(0);
  const tokens: Token[] = [];
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token);
    // A document token and a scalar stand on the stack beside the collections.
    if (parser.stack.length > MAX_DEPTH + 2) return parser.offset;
  }
  for (const token of parser.end()) tokens.push(token);
  return tokens;
}

function compose(text: string, tokens: Token[], position: (offset: number) => Position): SourceDocuments {
  const documents: SourceDocument[] = [];
  const diagnostics: Diagnostic[] = [];
  // Keys are compared by plain-value.ts: the library's own comparison is quadratic.
  const composer = new Composer({ version: '1.2', schema: 'core', merge: false, uniqueKeys: false });
  for (const yaml of composer.compose(tokens)) {
    if (diagnostics.length >= MAX_PROBLEMS) break;
    const problems = [...yaml.errors, ...yaml.warnings]
      .slice(0, MAX_PROBLEMS)
      .map((error) => yamlProblem(error, position));
    if (yaml.directives.yaml.version !== '1.2')
      problems.push(
        diagnostic('WFT0003', { position: position(yaml.range[0]), message: 'only YAML 1.2 is read' }),
      );
    diagnostics.push(...problems);
    if (problems.length > 0 || yaml.contents === null) continue;
    documents.push({ yaml, text: documentText(text, yaml), position });
  }
  return { documents, diagnostics };
}

function documentText(text: string, yaml: Document.Parsed): string {
  return text.slice(yaml.range[0], yaml.range[2]).replace(/^---[^\S\n]*\r?\n/, '');
}

function yamlProblem(error: YAMLError, position: (offset: number) => Position): Diagnostic {
  const at = position(error.pos[0]);
  if (error.code === 'TAG_RESOLVE_FAILED')
    return diagnostic('WFT0006', {
      position: at,
      message: 'this YAML tag is not allowed',
      remedy: 'remove the tag',
    });
  return diagnostic('WFT0003', {
    position: at,
    message: firstSentence(error.message),
    remedy: YAML_REMEDIES.get(error.code),
  });
}

const INDENTATION = 'check how the lines around it are indented: fields of one map begin in one column';

/** What is behind the library's words most often. */
const YAML_REMEDIES: ReadonlyMap<string, string> = new Map([
  ['BAD_INDENT', INDENTATION],
  ['BLOCK_AS_IMPLICIT_KEY', INDENTATION],
  ['MULTILINE_IMPLICIT_KEY', INDENTATION],
  ['BLOCK_IN_FLOW', 'between { } and [ ] everything is separated by commas'],
  ['MISSING_CHAR', 'close what is opened: quotes, { } and [ ]; write ": " after a key'],
  ['TAB_AS_INDENT', 'indent with spaces: YAML takes no tabs'],
  ['BAD_SCALAR_START', 'put the value in quotes'],
]);

/** The library adds a source frame below its message; ours is drawn elsewhere. */
function firstSentence(message: string): string {
  return (message.split('\n')[0] ?? message).replace(/ at line \d+, column \d+:?$/, '');
}
