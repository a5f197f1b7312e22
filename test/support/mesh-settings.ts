import type { MeshSettings } from '../../src/config/compile/mesh-settings.ts';

/** Istio's defaults. */
export const meshSettings: MeshSettings = {
  trustDomain: 'cluster.local',
  rootNamespace: 'istio-system',
  pathNormalization: 'BASE',
  outboundTrafficPolicy: 'ALLOW_ANY',
};
