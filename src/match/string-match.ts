import { compilePathTemplate } from './path-template.ts';
import type { Predicate } from './predicate.ts';
import { compileRegex } from './regex.ts';
import type { StringMatch } from './value-match.ts';

/** Compiles a string condition. Throws RegexError on a pattern that RE2 refuses. */
export function compileStringMatch(match: StringMatch): Predicate<string> {
  switch (match.kind) {
    case 'exact':
      return literal(match, (wanted) => (value) => value === wanted);
    case 'prefix':
      return literal(match, (wanted) => (value) => value.startsWith(wanted));
    case 'suffix':
      return literal(match, (wanted) => (value) => value.endsWith(wanted));
    case 'regex':
      return regex(match.value);
    case 'template':
      return compilePathTemplate(match.value);
    case 'present':
      return { test: (value) => value !== '', explain: () => 'present' };
  }
}

/** The same condition whatever the case of ASCII letters; only exact, prefix and suffix can be. */
export function ignoringCase(match: StringMatch): StringMatch {
  switch (match.kind) {
    case 'exact':
    case 'prefix':
    case 'suffix':
      return { ...match, ignoreCase: true };
    default:
      return match;
  }
}

type LiteralMatch = Extract<StringMatch, { kind: 'exact' | 'prefix' | 'suffix' }>;

function literal(
  match: LiteralMatch,
  compareWith: (wanted: string) => (value: string) => boolean,
): Predicate<string> {
  const explain = () => `${match.kind} "${match.value}"${match.ignoreCase ? ' in any case' : ''}`;
  if (!match.ignoreCase) return { test: compareWith(match.value), explain };
  const compare = compareWith(lowerAscii(match.value));
  return { test: (value) => compare(lowerAscii(value)), explain };
}

function regex(pattern: string): Predicate<string> {
  const program = compileRegex(pattern);
  return { test: (value) => program.matches(value), explain: () => `regex "${pattern}"` };
}

/**
 * Lower case of ASCII letters alone. Unicode folding changes lengths and makes other letters equal to ASCII ones
 * (K, the Kelvin sign).
 */
export function lowerAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
