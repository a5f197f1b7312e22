import { byName } from '../compile/by-name.ts';
import { credentialIn } from '../compile/credential.ts';
import { type HolderReference, referencedHolder } from '../compile/gateway-api/certificate-holder.ts';
import type { ResourceSet } from '../compile/resource-set.ts';
import type { Resource } from '../resource/resource.ts';

/** Why no certificate is found behind a reference of a Gateway or ListenerSet, if none is. */
export function secretProblem(
  ref: HolderReference,
  owner: Resource<'KubernetesGateway' | 'ListenerSet'>,
  resources: ResourceSet,
): 'Invalid' | 'RefNotPermitted' | undefined {
  if (ref.kind !== 'Secret') return 'Invalid';
  const holder = referencedHolder(ref, owner, resources);
  if (holder === 'RefNotPermitted') return holder;
  return typeof holder === 'object' && credentialIn(holder).key !== '' ? undefined : 'Invalid';
}

/** Why no CA bundle (`ca.crt`) is found behind a policy's reference, if none is. */
export function bundleProblem(
  { group, kind, name }: HolderReference,
  namespace: string,
  resources: ResourceSet,
): 'InvalidKind' | 'InvalidCACertificateRef' | undefined {
  if (group !== '' || kind !== 'ConfigMap') return 'InvalidKind';
  const map = byName('ConfigMap', namespace, name, resources);
  return map && credentialIn(map).authority !== '' ? undefined : 'InvalidCACertificateRef';
}
