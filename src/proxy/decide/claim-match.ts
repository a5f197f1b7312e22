import { compileStringMatch } from '../../match/string-match.ts';
import type { ClaimMatch } from '../../snapshot/route.ts';
import { claimTexts } from './claim.ts';
import type { Evidence } from './evidence.ts';

/** A compiled condition on a claim of the verified token (VirtualService `@request.auth.claims`). */
export interface ClaimPredicate {
  test(evidence: Evidence): boolean;
  explain(evidence: Evidence): string;
}

/** Compiles it; without a verified token it never holds, inverted or not. Throws RegexError. */
export function compileClaimMatch({ path, match, invert = false }: ClaimMatch): ClaimPredicate {
  const predicate = match && compileStringMatch(match);
  const name = path.map((part) => `[${part}]`).join('');
  const wants = `${invert ? 'not ' : ''}${predicate === undefined ? 'present' : predicate.explain()}`;
  return {
    test({ requestAuth }) {
      if (requestAuth === undefined) return false;
      const texts = claimTexts(requestAuth.claims, path);
      const values = typeof texts === 'string' ? [texts] : (texts ?? []);
      const holds = predicate === undefined ? values.length > 0 : values.some((one) => predicate.test(one));
      return holds !== invert;
    },
    explain({ requestAuth }) {
      if (requestAuth === undefined) return `claim ${name} of no token, wants ${wants}`;
      return `claim ${name} is ${JSON.stringify(claimTexts(requestAuth.claims, path)) ?? 'missing'}, wants ${wants}`;
    },
  };
}
