import type { MeshSettings } from '../compile/mesh-settings.ts';
import type { Diagnostic } from '../diagnostic.ts';
import type { Resource } from '../resource/resource.ts';
import { duplicateMeshHost } from './duplicate-mesh-host.ts';
import { duplicateResource } from './duplicate-resource.ts';
import { type AnalysisRule, inventoryOf } from './inventory.ts';
import { meshTcpRoutes } from './mesh-tcp-routes.ts';
import { mutualBehindGateway } from './mutual-behind-gateway.ts';
import { noWorkload } from './no-workload.ts';
import { plaintextFirstPort } from './plaintext-first-port.ts';
import { sharedApplicationPort } from './shared-application-port.ts';
import { strictBehindGateway } from './strict-behind-gateway.ts';
import { unknownGateway } from './unknown-gateway.ts';
import { unknownHost } from './unknown-host.ts';
import { unknownSubset } from './unknown-subset.ts';

/** Every rule across resources, in the order of its findings. */
const RULES: readonly AnalysisRule[] = [
  duplicateResource,
  unknownGateway,
  unknownHost,
  unknownSubset,
  duplicateMeshHost,
  meshTcpRoutes,
  strictBehindGateway,
  mutualBehindGateway,
  plaintextFirstPort,
  noWorkload,
  sharedApplicationPort,
];

const DEFAULT_MESH: MeshSettings = {
  trustDomain: 'cluster.local',
  rootNamespace: 'istio-system',
  pathNormalization: 'BASE',
  outboundTrafficPolicy: 'ALLOW_ANY',
};

/** What is wrong, or doubtful, across resources that are each valid. */
export function analyze(resources: readonly Resource[], mesh: MeshSettings = DEFAULT_MESH): Diagnostic[] {
  const inventory = inventoryOf(resources, mesh);
  return RULES.flatMap((rule) => rule(inventory));
}
