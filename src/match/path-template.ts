import type { Predicate } from './predicate.ts';
import { compileOwnRegex, quoteRegex } from './regex.ts';

/** Compiles an AuthorizationPolicy path template: `{*}` is one segment that is not empty, `{**}` is any text. */
export function compilePathTemplate(template: string): Predicate<string> {
  const regex = compileOwnRegex(`(?s:${templatePattern(template)})`);
  return {
    test: (path) => regex.matches(path),
    explain: () => `template "${template}"`,
  };
}

/** Whether a policy's path is a template rather than an exact, prefix or suffix string. */
export function isPathTemplate(value: string): boolean {
  return value.includes('{*}') || value.includes('{**}');
}

function templatePattern(template: string): string {
  let pattern = '';
  let rest = template;
  while (rest !== '') {
    if (rest.startsWith('{*}')) {
      pattern += '[^/]+';
      rest = rest.slice(3);
    } else if (rest.startsWith('{**}')) {
      pattern += '.*';
      rest = rest.slice(4);
    } else {
      const end = literalEnd(rest);
      pattern += quoteRegex(rest.slice(0, end));
      rest = rest.slice(end);
    }
  }
  return pattern;
}

function literalEnd(text: string): number {
  const one = text.indexOf('{*}');
  const several = text.indexOf('{**}');
  if (one < 0) return several < 0 ? text.length : several;
  return several < 0 ? one : Math.min(one, several);
}
