import { GATEWAY_GROUP } from '../../gateway-api/reference.ts';
import { writtenKind } from '../../resource/kinds.ts';
import type { Resource } from '../../resource/resource.ts';
import { byName } from '../by-name.ts';
import type { ResourceSet } from '../resource-set.ts';
import { isGranted } from './reference-grant.ts';

/** A reference to a Secret or ConfigMap. */
export interface HolderReference {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string | undefined;
}

/** What a Gateway or ListenerSet refers to, or why it may not: no such kind, no such resource, no ReferenceGrant. */
export function referencedHolder(
  { group, kind, name, namespace: written }: HolderReference,
  owner: Resource<'KubernetesGateway' | 'ListenerSet'>,
  resources: ResourceSet,
): Resource<'Secret' | 'ConfigMap'> | 'InvalidKind' | 'NotFound' | 'RefNotPermitted' {
  if (group !== '' || (kind !== 'Secret' && kind !== 'ConfigMap')) return 'InvalidKind';
  const namespace = written ?? owner.namespace;
  const from = { group: GATEWAY_GROUP, kind: writtenKind(owner.kind), namespace: owner.namespace };
  if (!isGranted(from, { group, kind, namespace, name }, resources)) return 'RefNotPermitted';
  return byName(kind, namespace, name, resources) ?? 'NotFound';
}
