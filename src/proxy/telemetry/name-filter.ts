import { compileRegex } from '../../match/regex.ts';

/** Whether a name has a match of the pattern anywhere (RE2). Throws RegexError. */
export function nameFilter(pattern: string): (name: string) => boolean {
  const regex = compileRegex(`(?s:.*)(?:${pattern})(?s:.*)`);
  return (name) => regex.matches(name);
}
