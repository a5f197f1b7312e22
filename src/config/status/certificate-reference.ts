import { byName } from '../compile/by-name.ts';
import { isGranted } from '../compile/gateway-api/reference-grant.ts';
import type { ResourceSet } from '../compile/resource-set.ts';
import { GATEWAY_GROUP } from '../gateway-api/reference.ts';
import { writtenKind } from '../resource/kinds.ts';
import type { Resource } from '../resource/resource.ts';

/** A reference to a Secret or ConfigMap. */
interface Reference {
  readonly group: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string | undefined;
}

/** Why no certificate is found behind a reference of a Gateway or ListenerSet, if none is. */
export function secretProblem(
  { group, kind, name, namespace: written }: Reference,
  owner: Resource<'KubernetesGateway' | 'ListenerSet'>,
  resources: ResourceSet,
): 'Invalid' | 'RefNotPermitted' | undefined {
  if (group !== '' || kind !== 'Secret') return 'Invalid';
  const namespace = written ?? owner.namespace;
  const from = { group: GATEWAY_GROUP, kind: writtenKind(owner.kind), namespace: owner.namespace };
  if (!isGranted(from, { group, kind, namespace, name }, resources)) return 'RefNotPermitted';
  const secret = byName('Secret', namespace, name, resources);
  const texts = ['tls.crt', 'tls.key'].map(
    (key) => secret?.spec.stringData?.get(key) ?? decoded(secret?.spec.data?.get(key)),
  );
  return texts.every(isPem) ? undefined : 'Invalid';
}

/** Why no CA bundle (`ca.crt`) is found behind a policy's reference, if none is. */
export function bundleProblem(
  { group, kind, name }: Reference,
  namespace: string,
  resources: ResourceSet,
): 'InvalidKind' | 'InvalidCACertificateRef' | undefined {
  if (group !== '' || kind !== 'ConfigMap') return 'InvalidKind';
  const map = byName('ConfigMap', namespace, name, resources);
  return isPem(map?.spec.data?.get('ca.crt')) ? undefined : 'InvalidCACertificateRef';
}

function decoded(text: string | undefined): string {
  return text === undefined ? '' : atob(text);
}

function isPem(text: string | undefined): boolean {
  return text !== undefined && /-----BEGIN [A-Z ]+-----[\sA-Za-z0-9+/=]+-----END /.test(text);
}
