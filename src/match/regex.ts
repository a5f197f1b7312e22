import { RE2JS } from 're2js';

/** The longest pattern that is compiled, in UTF-16 units. */
export const maxPatternLength = 1024;

/** A pattern that RE2 refuses, or that is too long. */
export class RegexError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'RegexError';
  }
}

/** A compiled RE2 program; matching takes time linear in the text. */
export interface Regex {
  /** Whether the whole text matches, as Envoy's safe_regex does. */
  matches(text: string): boolean;
  /** Replaces every match, left to right (VirtualService uriRegexRewrite). */
  replaceAll(text: string, substitution: Substitution): string;
}

/** A parsed substitution: literal text, or the number of a group. */
export type Substitution = readonly (string | number)[];

/** Compiles RE2 syntax. Throws RegexError. */
export function compileRegex(pattern: string): Regex {
  if (pattern.length > maxPatternLength) {
    throw new RegexError(`the regular expression is longer than ${maxPatternLength} characters`);
  }
  return new Program(cachedProgram(pattern));
}

/** Compiles a pattern that this code wrote itself, whatever its length. */
export function compileOwnRegex(pattern: string): Regex {
  return new Program(cachedProgram(pattern));
}

/** The text as a pattern that matches only itself. */
export function quoteRegex(text: string): string {
  return RE2JS.quote(text);
}

/** Parses `\0`…`\9` and `\\` of a RE2 rewrite; any other backslash stands for itself. */
export function parseSubstitution(text: string): Substitution {
  const parts: (string | number)[] = [];
  let literal = '';
  for (let i = 0; i < text.length; i++) {
    const next = text.charCodeAt(i + 1);
    if (text[i] !== '\\' || !(next === 0x5c || isDigit(next))) {
      literal += text[i];
      continue;
    }
    i++;
    if (next === 0x5c) {
      literal += '\\';
      continue;
    }
    if (literal !== '') parts.push(literal);
    parts.push(next - 0x30);
    literal = '';
  }
  if (literal !== '') parts.push(literal);
  return parts;
}

class Program implements Regex {
  readonly #program: RE2JS;

  constructor(program: RE2JS) {
    this.#program = program;
  }

  matches(text: string): boolean {
    return this.#program.testExact(text);
  }

  replaceAll(text: string, substitution: Substitution): string {
    const matcher = this.#program.matcher(text);
    const groups = this.#program.groupCount();
    let result = '';
    let end = -1;
    let copied = 0;
    while (matcher.find()) {
      // RE2's GlobalReplace takes no empty match right behind the match before it.
      if (matcher.end() === end) continue;
      result += text.slice(copied, matcher.start());
      for (const part of substitution) {
        if (typeof part === 'string') result += part;
        else if (part <= groups) result += matcher.group(part) ?? '';
      }
      end = matcher.end();
      copied = end;
    }
    return result + text.slice(copied);
  }
}

const maxPrograms = 2048;
const programs = new Map<string, RE2JS>();

/** Snapshots come again with mostly the same patterns; the oldest program goes when there are too many. */
function cachedProgram(pattern: string): RE2JS {
  const known = programs.get(pattern);
  if (known !== undefined) return known;
  const program = compileProgram(pattern);
  if (programs.size >= maxPrograms) {
    for (const oldest of programs.keys()) {
      programs.delete(oldest);
      break;
    }
  }
  programs.set(pattern, program);
  return program;
}

function compileProgram(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (cause) {
    throw new RegexError(cause instanceof Error ? cause.message : 'the regular expression is invalid', {
      cause,
    });
  }
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}
