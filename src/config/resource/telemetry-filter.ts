import * as z from 'zod';

/** A CEL lexeme: string, number, name, or operator. Alternatives start with different characters: linear. */
const LEXEME =
  /\s+|\/\/[^\n]*|[rRbB]{0,2}(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|\d[\w.]*|[A-Za-z_]\w*|&&|\|\||[=!<>]=|[-+*/%<>!?:.,()[\]{}]/y;
const CLOSING: ReadonlyMap<string, string> = new Map([
  ['(', ')'],
  ['[', ']'],
  ['{', '}'],
]);
const BINARY = /^(?:&&|\|\||[=!<>]=|[*/%<>+-]|[?:.])$/;
const OPERAND = /^(?:[\w"')\]}]|[rRbB]+["'])/;

/** CEL expression of Telemetry accessLogging: its lexemes, brackets and operators are judged, not its types. */
export const accessLogFilter = z.string().superRefine((expression, ctx) => {
  const message = expressionProblem(expression);
  if (message !== undefined) ctx.addIssue({ code: 'custom', message: `not a CEL expression: ${message}` });
});

function expressionProblem(expression: string): string | undefined {
  const lexemes = lexemesOf(expression);
  if (typeof lexemes === 'number') return `unexpected "${expression[lexemes]}" at character ${lexemes + 1}`;
  const open: string[] = [];
  let last = '';
  for (const lexeme of lexemes) {
    const closing = CLOSING.get(lexeme);
    if (closing !== undefined) open.push(closing);
    else if (/^[)\]}]$/.test(lexeme) && open.pop() !== lexeme) return `"${lexeme}" closes nothing`;
    const operator = BINARY.test(lexeme) && lexeme !== '-';
    if (operator && !OPERAND.test(last)) return `"${lexeme}" needs something before it`;
    if (/^[\w"']/.test(lexeme) && OPERAND.test(last) && lexeme !== 'in' && last !== 'in')
      return `an operator is missing before "${lexeme}"`;
    last = lexeme;
  }
  if (open.length > 0) return `"${open.at(-1)}" is missing`;
  if (BINARY.test(last) || last === '!') return `"${last}" needs something after it`;
  return last === '' ? 'it is empty' : undefined;
}

/** The lexemes without white space and comments, or where they end. */
function lexemesOf(expression: string): readonly string[] | number {
  const lexemes: string[] = [];
  LEXEME.lastIndex = 0;
  while (LEXEME.lastIndex < expression.length) {
    const at = LEXEME.lastIndex;
    const [lexeme] = LEXEME.exec(expression) ?? [];
    if (lexeme === undefined) return at;
    if (!/^(?:\s|\/\/)/.test(lexeme)) lexemes.push(lexeme);
  }
  return lexemes;
}
