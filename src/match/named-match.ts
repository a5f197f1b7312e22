import type { Predicate } from './predicate.ts';
import { compileStringMatch } from './string-match.ts';
import type { NamedMatch } from './value-match.ts';

/**
 * Compiles a condition on a header or query parameter, whose value is undefined when it is missing.
 * Inverted, a missing one counts as empty, except that the present form means absent (`withoutHeaders`).
 */
export function compileNamedMatch(named: NamedMatch): Predicate<string | undefined> {
  const { name, invert } = named;
  if (named.match === undefined) {
    return invert
      ? { test: (value) => value === undefined, explain: () => `${name} absent` }
      : { test: (value) => value !== undefined, explain: () => `${name} present` };
  }
  const match = compileStringMatch(named.match);
  return invert
    ? { test: (value) => !match.test(value ?? ''), explain: () => `${name} not ${match.explain()}` }
    : {
        test: (value) => value !== undefined && match.test(value),
        explain: () => `${name} ${match.explain()}`,
      };
}
