import type { Diagnostic } from './diagnostic.ts';

/** `file:line:col  severity  code  message`, with the line and a caret when the source is given, and the fix. */
export function renderDiagnostic(found: Diagnostic, sourceText?: string): string {
  const { file, line, column } = found.position;
  const lines = [`${file}:${line}:${column}  ${found.severity}  ${found.code}  ${visible(found.message)}`];
  if (sourceText !== undefined) lines.push(...sourceFrame(sourceText, line, column));
  if (found.remedy !== undefined) lines.push(`     fix: ${visible(found.remedy)}`);
  return lines.join('\n');
}

const CONTEXT_LINES = 2;
const MAX_WIDTH = 160;

/** The line with up to two before it, and a caret under the column. */
function sourceFrame(text: string, line: number, column: number): string[] {
  const source = text.split(/\r\n|\n|\r/);
  if (source[line - 1] === undefined) return [];
  const first = Math.max(1, line - CONTEXT_LINES);
  const width = String(line).length;
  const frame: string[] = [];
  for (let number = first; number <= line; number++) {
    const marker = number === line ? '>' : ' ';
    const shown = visible(source[number - 1] ?? '').slice(0, MAX_WIDTH);
    frame.push(`${marker} ${String(number).padStart(width)} | ${shown}`.trimEnd());
  }
  if (column <= MAX_WIDTH) frame.push(`  ${' '.repeat(width)} | ${' '.repeat(column - 1)}^`);
  return frame;
}

/** Control characters would act on the terminal: shown as a space or a replacement. */
function visible(text: string): string {
  return text.replace(/\t/g, ' ').replace(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, '\ufffd');
}
