import type { MeshSettings } from '../src/config/compile/mesh-settings.ts';

/** Istio's defaults: what offline commands compile with. */
export const defaultMesh: MeshSettings = {
  trustDomain: 'cluster.local',
  rootNamespace: 'istio-system',
  pathNormalization: 'BASE',
  outboundTrafficPolicy: 'ALLOW_ANY',
};
