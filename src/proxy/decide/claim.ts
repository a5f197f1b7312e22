import type { Claims } from '../../identity/jwt/token-verdict.ts';

/** The value at a path of names, or undefined when there is none; only own members count. */
export function claimAt(claims: Claims, path: readonly string[]): unknown {
  let value: unknown = claims;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    if (!Object.hasOwn(value, name)) return undefined;
    value = (value as Claims)[name];
  }
  return value;
}

/** What policies and routes compare of a claim: a string, or the strings of a list. Nothing else is compared. */
export function claimTexts(claims: Claims, path: readonly string[]): string | readonly string[] | undefined {
  const value = claimAt(claims, path);
  if (typeof value === 'string') return value;
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : undefined;
}

/** A claim as the text of a header (outputClaimToHeaders): strings, numbers and booleans; undefined for others. */
export function claimHeader(claims: Claims, path: readonly string[]): string | undefined {
  const value = claimAt(claims, path);
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return numberText(value);
  return typeof value === 'string' && value !== '' ? headerText(value) : undefined;
}

/** As Envoy prints them: whole numbers plain, others with six digits. */
function numberText(value: number): string {
  return Number.isInteger(value) && value >= 0 && value < 2 ** 63 ? String(BigInt(value)) : value.toFixed(6);
}

/** UTF-8 as octets; undefined for what would end or break the header. */
function headerText(value: string): string | undefined {
  let octets = '';
  for (const byte of new TextEncoder().encode(value)) {
    if ((byte < 0x20 && byte !== 0x09) || byte === 0x7f) return undefined;
    octets += String.fromCharCode(byte);
  }
  return octets.trim() === octets ? octets : undefined;
}
