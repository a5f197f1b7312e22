import { MESH } from '../compile/gateway-name.ts';
import { finding } from './finding.ts';
import type { AnalysisRule } from './inventory.ts';

/** WFT0201: tls and tcp routes of a VirtualService that sidecars follow, which route only HTTP. */
export const meshTcpRoutes: AnalysisRule = () => ({
  VirtualService: (owner) =>
    (['tls', 'tcp'] as const)
      .filter((field) => owner.spec[field].length > 0 && owner.spec.gateways.includes(MESH))
      .map((field) =>
        finding(
          'WFT0201',
          owner,
          ['spec', field],
          `spec.${field} is accepted, not applied: sidecars route only HTTP`,
        ),
      ),
});
