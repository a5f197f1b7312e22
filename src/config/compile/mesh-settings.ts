import type { FederatedDomain, Snapshot } from '../../snapshot/snapshot.ts';
import type { ExtensionProvider } from '../resource/extension-provider.ts';

/** The part of Istio's MeshConfig that compiling needs. */
export interface MeshSettings {
  readonly trustDomain: string;
  /** Other names of it (trustDomainAliases). */
  readonly trustDomainAliases: readonly string[];
  /** Other trust domains whose workloads are believed (caCertificates). */
  readonly federated: readonly FederatedDomain[];
  /** Its policies hold for every namespace, `istio-system` in Istio. */
  readonly rootNamespace: string;
  readonly pathNormalization: Snapshot['pathNormalization'];
  readonly outboundTrafficPolicy: Snapshot['outboundTrafficPolicy'];
  readonly extensionProviders: readonly ExtensionProvider[];
  /** Proxies before the gateways that say who a client is (gatewayTopology.numTrustedProxies). */
  readonly trustedProxies: number;
}

/** Istio's defaults. */
export const defaultMeshSettings: MeshSettings = {
  trustDomain: 'cluster.local',
  trustDomainAliases: [],
  federated: [],
  rootNamespace: 'istio-system',
  pathNormalization: 'BASE',
  outboundTrafficPolicy: 'ALLOW_ANY',
  extensionProviders: [],
  trustedProxies: 0,
};
