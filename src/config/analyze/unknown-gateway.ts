import { gatewayName, MESH } from '../compile/gateway-name.ts';
import { finding } from './finding.ts';
import { isGenerated } from './generated-gateway.ts';
import type { AnalysisRule } from './inventory.ts';

/** IST0101: a VirtualService is bound to a Gateway that does not exist. */
export const unknownGateway: AnalysisRule = ({ resources }) => {
  const known = new Set([
    MESH,
    ...resources.of('Gateway').map(({ namespace, name }) => `${namespace}/${name}`),
  ]);
  return {
    VirtualService: (owner) =>
      owner.spec.gateways.flatMap((written, index) => {
        const name = gatewayName(written, owner.namespace);
        if (known.has(name) || isGenerated(name)) return [];
        const path = ['spec', 'gateways', index];
        return [
          finding('IST0101', owner, path, `Referenced gateway not found: "${name}"`, `add Gateway ${name}`),
        ];
      }),
  };
};
