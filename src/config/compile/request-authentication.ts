import type { ClaimHeader, JwtRule, KeySource, TokenPlace } from '../../snapshot/jwt-rule.ts';
import type { SpecOf } from '../resource/kinds.ts';
import type { Resource } from '../resource/resource.ts';
import { attachedGateways, policiesInForce } from './policy-attachment.ts';
import type { PortProtocol } from './port-protocol.ts';
import { sourceKey } from './report.ts';
import type { Scope } from './scope.ts';

type JwtRuleSpec = SpecOf<'RequestAuthentication'>['jwtRules'][number];

/**
 * The rules of every RequestAuthentication in force on the target (mesh, namespace and workload together), by issuer as
 * istiod sorts them; undefined where there are none, and where nobody reads requests.
 */
export function jwtRulesFor(scope: Scope, protocol: PortProtocol): JwtRule[] | undefined {
  if (protocol !== 'http') return undefined;
  const rules = policiesInForce('RequestAuthentication', scope)
    .flatMap((policy) => policy.spec.jwtRules.map((rule, i) => compileRule(rule, i, policy, scope)))
    .sort((a, b) => (a.issuer < b.issuer ? -1 : a.issuer > b.issuer ? 1 : 0));
  return rules.length === 0 ? undefined : rules;
}

/** Istio's: these are always read as lists. */
const SPACE_DELIMITED = ['scope', 'permission'];
const DEFAULT_TIMEOUT_MS = 5000;
const DEFAULT_PLACES: readonly TokenPlace[] = [
  { kind: 'header', name: 'authorization', prefix: 'Bearer ' },
  { kind: 'param', name: 'access_token' },
];

function compileRule(
  rule: JwtRuleSpec,
  i: number,
  policy: Resource<'RequestAuthentication'>,
  scope: Scope,
): JwtRule {
  const { report, target } = scope;
  const gateways = target.kind === 'gateway' ? attachedGateways(policy, scope) : undefined;
  const { outputPayloadToHeader, spaceDelimitedClaims } = rule;
  return {
    source: report.place(sourceKey(policy, 'jwtRules', i), policy, ['spec', 'jwtRules', i]),
    ...(gateways && { gateways }),
    issuer: rule.issuer ?? '',
    audiences: rule.audiences,
    keys: keySource(rule),
    places: places(rule),
    forwardOriginalToken: rule.forwardOriginalToken,
    ...(outputPayloadToHeader && { outputPayloadToHeader: outputPayloadToHeader.toLowerCase() }),
    outputClaimToHeaders: rule.outputClaimToHeaders.map(claimHeader),
    spaceDelimitedClaims: [...new Set([...SPACE_DELIMITED, ...spaceDelimitedClaims])],
    timeoutMs: rule.timeout ?? DEFAULT_TIMEOUT_MS,
  };
}

function keySource({ jwks, jwksUri, jwks_uri }: JwtRuleSpec): KeySource {
  const uri = jwksUri ?? jwks_uri;
  if (uri !== undefined) return { kind: 'uri', uri };
  return jwks ? { kind: 'inline', jwks } : { kind: 'discovery' };
}

/** The default places count only where none is written. Envoy reads those of one kind in the order of their names. */
function places({ fromHeaders, fromParams, fromCookies }: JwtRuleSpec): readonly TokenPlace[] {
  const headers = fromHeaders.map(({ name, prefix = '' }) => ({ name: name.toLowerCase(), prefix }));
  const written: TokenPlace[] = [
    ...headers.sort((a, b) => compare(a.name + a.prefix, b.name + b.prefix)).map(header),
    ...[...fromParams].sort().map((name): TokenPlace => ({ kind: 'param', name })),
    ...[...fromCookies].sort().map((name): TokenPlace => ({ kind: 'cookie', name })),
  ];
  return written.length > 0 ? written : DEFAULT_PLACES;
}

function header({ name, prefix }: { readonly name: string; readonly prefix: string }): TokenPlace {
  return { kind: 'header', name, prefix };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Claims within claims are named with dots. */
function claimHeader({ header: name, claim }: JwtRuleSpec['outputClaimToHeaders'][number]): ClaimHeader {
  return { header: name.toLowerCase(), claim: claim.split('.') };
}
