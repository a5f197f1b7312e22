import { ownMember } from '../jwt/strict-json.ts';
import type { Claims } from '../jwt/token-verdict.ts';

/** Names of members from the payload inwards. */
export type ClaimPath = readonly [string, ...string[]];

/**
 * Reads `repository`, or `[kubernetes.io][serviceaccount][name]` where a claim is within another (Istio's
 * `request.auth.claims[a][b]`). Undefined for anything else.
 */
export function parseClaimPath(text: string): ClaimPath | undefined {
  if (!text.startsWith('[')) return /^[^[\]{}\s]{1,128}$/.test(text) ? [text] : undefined;
  if (!/^(?:\[[^[\]{}]{1,128}\]){1,4}$/.test(text)) return undefined;
  const [first, ...others] = text.slice(1, -1).split('][');
  return first === undefined ? undefined : [first, ...others];
}

/** The path as it is written. */
export function claimPathText(path: ClaimPath): string {
  return path.length === 1 ? path[0] : path.map((name) => `[${name}]`).join('');
}

/** The claim's value; undefined where there is none. */
export function claimAt(claims: Claims, path: ClaimPath): unknown {
  let value: unknown = claims;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    value = ownMember(value as Claims, name);
  }
  return value;
}
