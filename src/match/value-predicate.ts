import { compileCidr } from './cidr.ts';
import type { Predicate } from './predicate.ts';
import { compileStringMatch } from './string-match.ts';
import type { ValueMatch } from './value-match.ts';

/** Compiles a condition on a string, an address or a port in decimal. Throws RegexError and CidrError. */
export function compileValueMatch(match: ValueMatch): Predicate<string> {
  switch (match.kind) {
    case 'cidr':
      return compileCidr(match.value);
    case 'port': {
      const wanted = String(match.value);
      return { test: (value) => value === wanted, explain: () => `port ${wanted}` };
    }
    default:
      return compileStringMatch(match);
  }
}
