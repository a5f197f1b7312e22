import type { FederatedDomain } from '../../snapshot/snapshot.ts';
import { readMeshConfig } from '../reading/mesh-config-check.ts';
import type { MeshSettings } from './mesh-settings.ts';
import type { ResourceSet } from './resource-set.ts';

/** The settings of a mesh with what its MeshConfig says instead: ConfigMap `istio` of the root namespace. */
export function configuredMesh(resources: ResourceSet, given: MeshSettings): MeshSettings {
  const configMap = resources.in('ConfigMap', given.rootNamespace).find(({ name }) => name === 'istio');
  const text = configMap?.spec.data?.get('mesh');
  const config = text === undefined ? undefined : readMeshConfig(text).config;
  if (config === undefined) return given;
  const aliases = config.trustDomainAliases.filter((name) => name !== given.trustDomain);
  const normalization = config.pathNormalization?.normalization ?? 'DEFAULT';
  return {
    ...given,
    trustDomainAliases: aliases,
    federated: federated(config.caCertificates, [given.trustDomain, ...aliases]),
    pathNormalization: normalization === 'DEFAULT' ? given.pathNormalization : normalization,
    outboundTrafficPolicy: config.outboundTrafficPolicy?.mode ?? given.outboundTrafficPolicy,
    extensionProviders: [...config.extensionProviders, ...given.extensionProviders],
    trustedProxies: config.defaultConfig?.gatewayTopology?.numTrustedProxies ?? given.trustedProxies,
  };
}

type CaCertificates = readonly { readonly pem: string; readonly trustDomains: readonly string[] }[];

/** The roots of each trust domain, by name. Those of the mesh itself come from its authority, and from nowhere else. */
function federated(given: CaCertificates, own: readonly string[]): FederatedDomain[] {
  const roots = new Map<string, string>();
  for (const { pem, trustDomains } of given)
    for (const name of trustDomains)
      if (!own.includes(name)) roots.set(name, `${roots.get(name) ?? ''}${pem.trim()}\n`);
  return [...roots]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([trustDomain, rootsPem]) => ({ trustDomain, rootsPem }));
}
