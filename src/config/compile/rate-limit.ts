import type { Rule } from '../../snapshot/policy.ts';
import type { RateLimit } from '../../snapshot/rate-limit.ts';
import type { FieldPath, Resource } from '../resource/resource.ts';
import { attributeOfKey, operationConditions, whenCondition } from './authorization-rule.ts';
import { attachedGateways, policiesInForce } from './policy-attachment.ts';
import type { PortProtocol } from './port-protocol.ts';
import { sourceKey } from './report.ts';
import type { Scope } from './scope.ts';
import type { LimitMatchSpec, LimitSpec } from './spec-parts.ts';

/** The limits of every RateLimit in force on the target, in order; undefined without any, and where nobody reads requests. */
export function rateLimitsFor(scope: Scope, protocol: PortProtocol): RateLimit[] | undefined {
  if (protocol !== 'http') return undefined;
  const limits = policiesInForce('RateLimit', scope).flatMap((resource) =>
    resource.spec.limits.map((limit, i) => compileLimit(limit, i, resource, scope)),
  );
  return limits.length === 0 ? undefined : limits;
}

function compileLimit(spec: LimitSpec, i: number, resource: Resource<'RateLimit'>, scope: Scope): RateLimit {
  const { report, target } = scope;
  const gateways = target.kind === 'gateway' ? attachedGateways(resource, scope) : undefined;
  const path: FieldPath = ['spec', 'limits', i];
  const { name, match = [], requests, period, burst = requests, key, onBackendFailure = 'allow' } = spec;
  return {
    source: report.place(sourceKey(resource, 'limits', i), resource, path),
    id: `${resource.namespace}/${resource.name}/${name}`,
    name,
    ...(gateways && { gateways }),
    rules: match.map((one, j) => compileMatch(one, [i, j], resource, scope)),
    key: key.map(attributeOfKey).filter((attribute) => attribute !== undefined),
    requests,
    periodMs: period,
    burst,
    scope: spec.scope,
    onBackendFailure,
  };
}

/** A key that a proxy cannot look at is no condition: more is counted rather than less. */
function compileMatch(
  { when = [], ...operation }: LimitMatchSpec,
  [i, j]: readonly [number, number],
  resource: Resource<'RateLimit'>,
  { report, mesh }: Scope,
): Rule {
  const path: FieldPath = ['spec', 'limits', i, 'match', j];
  const conditions = operationConditions(operation);
  const wanted = when.map((condition) => whenCondition(condition, resource.namespace, mesh));
  return {
    source: report.place(sourceKey(resource, 'limits', i, 'match', j), resource, path),
    from: [],
    to: conditions.length === 0 ? [] : [conditions],
    when: wanted.filter((condition) => condition !== undefined),
  };
}
