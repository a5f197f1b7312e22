import { readMeshConfig } from '../reading/mesh-config-check.ts';
import type { MeshSettings } from './mesh-settings.ts';
import type { ResourceSet } from './resource-set.ts';

/** The settings of a mesh with what its MeshConfig says instead: ConfigMap `istio` of the root namespace. */
export function configuredMesh(resources: ResourceSet, given: MeshSettings): MeshSettings {
  const configMap = resources.in('ConfigMap', given.rootNamespace).find(({ name }) => name === 'istio');
  const text = configMap?.spec.data?.get('mesh');
  const config = text === undefined ? undefined : readMeshConfig(text).config;
  if (config === undefined) return given;
  const normalization = config.pathNormalization?.normalization ?? 'DEFAULT';
  return {
    ...given,
    pathNormalization: normalization === 'DEFAULT' ? given.pathNormalization : normalization,
    outboundTrafficPolicy: config.outboundTrafficPolicy?.mode ?? given.outboundTrafficPolicy,
    extensionProviders: [...config.extensionProviders, ...given.extensionProviders],
    trustedProxies: config.defaultConfig?.gatewayTopology?.numTrustedProxies ?? given.trustedProxies,
  };
}
