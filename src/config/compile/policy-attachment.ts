import type { Resource } from '../resource/resource.ts';
import { selects } from './labels.ts';
import type { Scope } from './scope.ts';

const GATEWAY_NAME = 'gateway.networking.k8s.io/gateway-name';

/**
 * Whether an AuthorizationPolicy is in force on the target: one of its namespace or of the root namespace whose
 * selector it carries, or one that is attached (targetRefs) to it or to a service that leads to it.
 */
export function appliesTo(policy: Resource<'AuthorizationPolicy'>, scope: Scope): boolean {
  const { target, mesh } = scope;
  if (policy.namespace !== target.namespace && policy.namespace !== mesh.rootNamespace) return false;
  const { targetRef, targetRefs = [], selector } = policy.spec;
  const refs = targetRef ? [targetRef] : targetRefs;
  if (refs.length === 0) return selects(selector?.matchLabels, target.labels);
  return refs.some((ref) => isAttached(ref, policy.namespace, scope));
}

interface Reference {
  readonly kind: string;
  readonly name: string;
}

function isAttached({ kind, name }: Reference, namespace: string, { target, registry }: Scope): boolean {
  if (kind === 'GatewayClass') return target.kind === 'gateway';
  if (namespace !== target.namespace) return false;
  if (kind === 'Gateway') return target.labels.some(([key, value]) => key === GATEWAY_NAME && value === name);
  const kinds = kind === 'Service' || kind === 'ServiceEntry';
  return (
    kinds &&
    registry.services.some(
      ({ resource, selector }) =>
        resource.kind === kind &&
        resource.name === name &&
        resource.namespace === namespace &&
        selector !== undefined &&
        selects(selector, target.labels),
    )
  );
}
