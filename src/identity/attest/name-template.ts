import type { Claims } from '../jwt/token-verdict.ts';
import { type ClaimPath, claimAt, parseClaimPath } from './claim-path.ts';

/** A name with at most one claim in it: with two, `a-b` and `c` would be the `a` and `b-c` of another. */
export interface NameTemplate {
  readonly before: string;
  readonly claim: ClaimPath | undefined;
  readonly after: string;
}

/** A namespace (RFC 1123 label), or a service account (RFC 1123 subdomain). */
export type NameKind = 'namespace' | 'serviceAccount';

/** Reads `reviews`, `ci-{repository_owner}` or `{[kubernetes.io][namespace]}`; or tells what is wrong. */
export function parseNameTemplate(text: string): NameTemplate | string {
  const open = text.indexOf('{');
  const close = text.indexOf('}');
  if (open === -1 && close === -1) return literal(text);
  if (close < open || open !== text.lastIndexOf('{') || close !== text.lastIndexOf('}'))
    return 'may have one {claim}';
  const [before, after] = [text.slice(0, open), text.slice(close + 1)];
  const claim = parseClaimPath(text.slice(open + 1, close));
  if (claim === undefined) return 'names no claim: write {name}, or {[outer][inner]}';
  return PART.test(before + after) ? { before, claim, after } : WRONG;
}

/** The name, when the claim is a text and the whole is a name of its kind; undefined otherwise. Nothing is changed. */
export function expandName(
  { before, claim, after }: NameTemplate,
  claims: Claims,
  kind: NameKind,
): string | undefined {
  const value = claim === undefined ? '' : claimAt(claims, claim);
  if (typeof value !== 'string' || (claim !== undefined && value === '')) return undefined;
  const name = before + value + after;
  return isName(name, kind) ? name : undefined;
}

/** Whether a text is a name of that kind, as Kubernetes has it. */
export function isName(text: string, kind: NameKind): boolean {
  if (kind === 'namespace') return text.length <= 63 && LABEL.test(text);
  return text.length <= 253 && SUBDOMAIN.test(text);
}

const WRONG = 'must be lower-case letters, numbers, dashes and dots';
const PART = /^[a-z0-9.-]*$/;
const LABEL = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/;

function literal(text: string): NameTemplate | string {
  return SUBDOMAIN.test(text) ? { before: text, claim: undefined, after: '' } : WRONG;
}
