import { finding } from './finding.ts';
import type { AnalysisRule } from './inventory.ts';

/** WFT0501: a prefix without a slash at its end matches further names: `/test` also matches `/test2`. */
export const loosePrefix: AnalysisRule = () => ({
  VirtualService: (owner) =>
    owner.spec.http.flatMap(({ match }, rule) =>
      match.flatMap(({ uri }, index) => {
        const prefix = uri?.prefix;
        if (!prefix || !isOpen(prefix)) return [];
        const message = `prefix ${prefix} also matches ${prefix}2 and ${prefix}-other/x, not only ${prefix} and what is below it`;
        const remedy = `match exact: ${prefix} and prefix: ${prefix}/, if only these are meant`;
        return [finding('WFT0501', owner, ['spec', 'http', rule, 'match', index, 'uri'], message, remedy)];
      }),
    ),
});

/** Ends within a name; one that ends with a sign (`/v1.`, `?q=`) was cut there on purpose. */
function isOpen(prefix: string): boolean {
  return /[A-Za-z0-9_]$/.test(prefix);
}
