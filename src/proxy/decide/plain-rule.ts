import type { Condition, Rule } from '../../snapshot/policy.ts';
import type { Subject } from './attribute.ts';
import { splitPrincipal, trustDomainAlias } from './peer-names.ts';

/** What a plain rule asks for; undefined is not asked for. */
interface Plain {
  principal: string | undefined;
  method: string | undefined;
  path: string | undefined;
  pathPrefix: string | undefined;
}

/**
 * One test for a whole rule that asks for no more than one principal, one method and one path or its beginning, as most
 * do: no call for each condition. Undefined for any other rule.
 */
export function plainRuleTest(
  { from, to, when }: Rule,
  ownTrustDomain: string,
): ((subject: Subject) => boolean) | undefined {
  if (from.length > 1 || to.length > 1 || when.length > 0) return undefined;
  const plain: Plain = { principal: undefined, method: undefined, path: undefined, pathPrefix: undefined };
  const conditions = [...from.flat(), ...to.flat()];
  if (conditions.length === 0 || !conditions.every((condition) => take(condition, plain))) return undefined;
  const { principal, method, path, pathPrefix } = plain;
  const wanted = principal === undefined ? undefined : splitPrincipal(principal);
  const peerPath = wanted?.path;
  const trustDomain = wanted?.trustDomain;
  const isAlias = trustDomain === trustDomainAlias;
  return ({ request, peer }) => {
    if (peerPath !== undefined) {
      if (peer === undefined || peer.id.path !== peerPath) return false;
      const actual = peer.id.trustDomain;
      if (actual !== trustDomain && !(isAlias && actual === ownTrustDomain)) return false;
    }
    if (method !== undefined && request.method !== method) return false;
    if (path !== undefined && request.path !== path) return false;
    return pathPrefix === undefined || beginsWith(request.path, pathPrefix);
  };
}

/** Prefixes are short, and their ends tell them apart: engines do without a call. */
function beginsWith(text: string, prefix: string): boolean {
  for (let i = prefix.length - 1; i >= 0; i--) if (text.charCodeAt(i) !== prefix.charCodeAt(i)) return false;
  return true;
}

/** Notes what a condition asks for; false where a plain rule cannot, or has it already. */
function take({ attribute, values, notValues }: Condition, plain: Plain): boolean {
  const [value, ...more] = values;
  if (value === undefined || more.length > 0 || notValues.length > 0) return false;
  if ((value.kind !== 'exact' && value.kind !== 'prefix') || value.ignoreCase) return false;
  const member = memberFor(attribute.kind, value.kind);
  if (member === undefined || plain[member] !== undefined) return false;
  plain[member] = value.value;
  return true;
}

function memberFor(
  attribute: Condition['attribute']['kind'],
  match: 'exact' | 'prefix',
): keyof Plain | undefined {
  if (attribute === 'request.path') return match === 'exact' ? 'path' : 'pathPrefix';
  if (match === 'prefix') return undefined;
  if (attribute === 'request.method') return 'method';
  return attribute === 'source.principal' ? 'principal' : undefined;
}
