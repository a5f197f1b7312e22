import type { Resource } from '../resource/resource.ts';
import { byName } from './by-name.ts';
import { isManaged } from './gateway-api/managed-gateway.ts';
import { selects } from './labels.ts';
import { sourceKey } from './report.ts';
import type { Scope } from './scope.ts';

const GATEWAY_NAME = 'gateway.networking.k8s.io/gateway-name';

/**
 * Whether an AuthorizationPolicy, RequestAuthentication or RateLimit is in force on the target: one of its namespace or of the
 * root namespace whose selector it carries, or one that is attached (targetRefs) to it or to a service that leads to it.
 */
export function appliesTo(policy: AttachedPolicy, scope: Scope): boolean {
  const { target, mesh } = scope;
  const refs = references(policy);
  if (refs.length === 0) {
    const near = policy.namespace === target.namespace || policy.namespace === mesh.rootNamespace;
    if (near && selects(policy.spec.selector?.matchLabels, target.labels)) return true;
    return target.kind === 'gateway' && selectedGateways(policy, scope).length > 0;
  }
  return refs.some((ref) => isAttached(ref, policy.namespace, scope));
}

/** Those of a kind that are in force on the target, oldest first of each namespace. */
export function policiesInForce<K extends AttachedKind>(kind: K, scope: Scope): Resource<K>[] {
  const { resources, target, mesh } = scope;
  const near = [...new Set([mesh.rootNamespace, target.namespace])];
  const candidates =
    target.kind === 'gateway'
      ? resources.of(kind)
      : near.flatMap((namespace) => resources.in(kind, namespace));
  return candidates.filter((policy) => appliesTo(policy as AttachedPolicy, scope));
}

/** Source keys of the Gateways that a policy is attached to, in so many words; undefined where to none. */
export function attachedGateways(policy: AttachedPolicy, scope: Scope): string[] | undefined {
  const names = references(policy)
    .filter(({ kind }) => kind === 'Gateway')
    .map(({ name }) => `KubernetesGateway/${policy.namespace}/${name}`);
  const all = [...names, ...selectedGateways(policy, scope).map((gateway) => sourceKey(gateway))];
  return all.length === 0 ? undefined : all;
}

/** The Gateways whose workload a selector means by the label of their name, where one gateway runs all of them. */
function selectedGateways(policy: AttachedPolicy, scope: Scope): Resource<'KubernetesGateway'>[] {
  const { resources, target, mesh } = scope;
  const name = policy.spec.selector?.matchLabels?.get(GATEWAY_NAME);
  if (name === undefined || target.labels.some(([key]) => key === GATEWAY_NAME)) return [];
  const near = ({ namespace }: Resource) =>
    policy.namespace === namespace || policy.namespace === mesh.rootNamespace;
  return resources
    .of('KubernetesGateway')
    .filter((gateway) => gateway.name === name && near(gateway) && isManaged(gateway, resources));
}

type AttachedKind = 'AuthorizationPolicy' | 'RequestAuthentication' | 'RateLimit';
type AttachedPolicy = Resource<AttachedKind>;

function references({ spec }: AttachedPolicy): readonly Reference[] {
  return spec.targetRef ? [spec.targetRef] : (spec.targetRefs ?? []);
}

interface Reference {
  readonly kind: string;
  readonly name: string;
}

function isAttached({ kind, name }: Reference, namespace: string, scope: Scope): boolean {
  const { target, registry, mesh } = scope;
  if (kind === 'GatewayClass') return target.kind === 'gateway' && namespace === mesh.rootNamespace;
  if (kind === 'Gateway') return isGateway(name, namespace, scope);
  if (namespace !== target.namespace) return false;
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

/** A gateway that is named for its Gateway, or the one that runs all that name none. */
function isGateway(name: string, namespace: string, { target, resources }: Scope): boolean {
  if (target.kind !== 'gateway') return false;
  const own = target.labels.find(([key]) => key === GATEWAY_NAME);
  if (own !== undefined) return own[1] === name && namespace === target.namespace;
  const gateway = byName('KubernetesGateway', namespace, name, resources);
  return gateway !== undefined && isManaged(gateway, resources);
}
