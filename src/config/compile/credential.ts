import type { CredentialReference } from '../../snapshot/gateway-server.ts';
import type { Resource } from '../resource/resource.ts';
import { byName } from './by-name.ts';
import { fingerprint } from './fingerprint.ts';
import type { ResourceSet } from './resource-set.ts';

/** What Secrets and ConfigMaps hold for TLS; PEM, empty for what is not there. */
export interface Credential {
  /** Leaf first. */
  readonly chain: string;
  readonly key: string;
  /** CA certificates. */
  readonly authority: string;
}

type Holder = Resource<'Secret' | 'ConfigMap'>;

/** Istio's two namings, the generic one first. */
const PAIRS = [
  ['cert', 'key'],
  ['tls.crt', 'tls.key'],
] as const;
const AUTHORITIES = ['cacert', 'ca.crt'] as const;
/** What Istio puts before a name to say where it is. */
const SCHEME = /^kubernetes:\/\//;

/** The credential of a name such as `Secret/istio-system/shop`; undefined where there is no such resource. */
export function credentialNamed(name: string, resources: ResourceSet): Credential | undefined {
  const [kind = '', namespace = '', own = ''] = name.split('/');
  if (kind !== 'Secret' && kind !== 'ConfigMap') return undefined;
  const holder = byName(kind, namespace, own, resources);
  return holder && credentialIn(holder);
}

/** What a Secret or ConfigMap holds. */
export function credentialIn(holder: Holder): Credential {
  const pair = PAIRS.map((names) => names.map((name) => pemAt(holder, name))).find((texts) =>
    texts.every(Boolean),
  );
  const [chain = '', key = ''] = holder.kind === 'Secret' ? (pair ?? []) : [];
  const authority = AUTHORITIES.map((name) => pemAt(holder, name)).find(Boolean) ?? '';
  return { chain, key, authority };
}

/** The name of a Secret's or ConfigMap's credential. */
export function credentialName({
  kind,
  namespace,
  name,
}: Pick<Holder, 'kind' | 'namespace' | 'name'>): string {
  return `${kind}/${namespace}/${name}`;
}

/**
 * Gateway tls.credentialName: Secrets of the gateway's own namespace. What clients must chain to is in the Secret
 * `<name>-cacert`, else in the same one, unless caCertCredentialName names another. A Secret that is not there is
 * named all the same: the server is opened and lets nobody in until it comes.
 */
export function credentialReference(
  { certificate, authority }: { readonly certificate: string; readonly authority?: string | undefined },
  asksClients: boolean,
  namespace: string,
  resources: ResourceSet,
): CredentialReference {
  const own = certificate.replace(SCHEME, '');
  const holder = asksClients ? authorityName(own, authority?.replace(SCHEME, ''), namespace, resources) : '';
  return reference(credentialName({ kind: 'Secret', namespace, name: own }), holder, resources);
}

/** A reference with the versions of what is there now. */
export function reference(
  certificate: string,
  authority: string,
  resources: ResourceSet,
): CredentialReference {
  const chain = credentialNamed(certificate, resources)?.chain ?? '';
  const roots = authority === '' ? '' : (credentialNamed(authority, resources)?.authority ?? '');
  const [version = '', authorityVersion = ''] = [chain, roots].map((text) => text && fingerprint(text));
  return { certificate, authority, version, authorityVersion };
}

function authorityName(
  certificate: string,
  written: string | undefined,
  namespace: string,
  resources: ResourceSet,
): string {
  const apart = written ? [written, `${written}-cacert`] : [`${certificate}-cacert`];
  const found = apart.find((name) => byName('Secret', namespace, name, resources));
  return credentialName({ kind: 'Secret', namespace, name: found ?? written ?? certificate });
}

/** A field as text, where it is PEM. */
function pemAt({ spec }: Holder, field: string): string {
  const plain = 'stringData' in spec ? spec.stringData?.get(field) : undefined;
  const written = spec.data?.get(field);
  const text = plain ?? ('type' in spec ? decoded(written) : (written ?? ''));
  return PEM.test(text) ? text : '';
}

const PEM = /-----BEGIN [A-Z0-9 ]+-----[\sA-Za-z0-9+/=]+-----END /;

/** Base64 as Kubernetes writes it; the schema has refused what is none. */
function decoded(base64: string | undefined): string {
  return base64 === undefined ? '' : atob(base64.replaceAll(/\s/g, ''));
}
