import { finding } from './finding.ts';
import type { AnalysisRule } from './inventory.ts';

/** WFT0502: a destination of weight 0 beside others that have one gets nothing. */
export const unusedDestination: AnalysisRule = () => ({
  VirtualService: (owner) =>
    (['http', 'tls', 'tcp'] as const).flatMap((protocol) =>
      owner.spec[protocol].flatMap(({ route }, rule) => {
        if (route.length < 2 || route.every(({ weight }) => weight === 0)) return [];
        return route.flatMap(({ weight, destination }, index) => {
          if (weight !== 0) return [];
          const path = ['spec', protocol, rule, 'route', index];
          const name = `${destination.host}${destination.subset ? ` subset ${destination.subset}` : ''}`;
          const message = `${name} has weight 0 beside others that have one: it never gets a request`;
          return [finding('WFT0502', owner, path, message, 'give it a weight, or remove it')];
        });
      }),
    ),
});
