import type { Snapshot } from '../../snapshot/snapshot.ts';

/** The part of Istio's MeshConfig that compiling needs. */
export interface MeshSettings {
  readonly trustDomain: string;
  /** Its policies hold for every namespace, `istio-system` in Istio. */
  readonly rootNamespace: string;
  readonly pathNormalization: Snapshot['pathNormalization'];
  readonly outboundTrafficPolicy: Snapshot['outboundTrafficPolicy'];
}

/** Istio's defaults. */
export const defaultMeshSettings: MeshSettings = {
  trustDomain: 'cluster.local',
  rootNamespace: 'istio-system',
  pathNormalization: 'BASE',
  outboundTrafficPolicy: 'ALLOW_ANY',
};
