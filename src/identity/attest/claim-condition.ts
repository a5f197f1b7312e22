import type { Claims } from '../jwt/token-verdict.ts';
import { type ClaimPath, claimAt } from './claim-path.ts';

/** A claim that must be there as a text, a list of texts, or true or false. */
export interface ClaimCondition {
  readonly claim: ClaimPath;
  /** Exact, or a beginning followed by `*`; one of them, of a list one entry. Undefined = any. */
  readonly values?: readonly string[] | undefined;
  /** None of them, of a list no entry. */
  readonly notValues?: readonly string[] | undefined;
}

/** Whether the claims satisfy all conditions. */
export function conditionsHold(conditions: readonly ClaimCondition[], claims: Claims): boolean {
  return conditions.every(({ claim, values, notValues = [] }) => {
    const claimed = textsOf(claimAt(claims, claim));
    const isAny = (listed: readonly string[]) =>
      claimed.some((text) => listed.some((value) => isMatch(value, text)));
    return claimed.length > 0 && (values === undefined || isAny(values)) && !isAny(notValues);
  });
}

/**
 * Why a value must not be compared with: a beginning ends where a name does, lest `acme*` stand for `acme-evil`.
 * Undefined when it may.
 */
export function conditionValueProblem(value: string): string | undefined {
  if (value === '') return 'is empty';
  const star = value.indexOf('*');
  if (star === -1) return undefined;
  if (star < value.length - 1) return 'has a * that is not its end';
  return /[/:@.#-]\*$/.test(value) ? undefined : 'must have one of / : @ . # - before its *';
}

function isMatch(value: string, text: string): boolean {
  if (!value.endsWith('*')) return value === text;
  return text.length >= value.length && text.startsWith(value.slice(0, -1));
}

/** Numbers and objects are compared with nothing: they have many spellings. */
function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'boolean') return [String(value)];
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
}
