import { MESH } from '../compile/gateway-name.ts';
import { fullHost } from '../resource/host-name.ts';
import type { Resource } from '../resource/resource.ts';
import { destinationsOf } from './destinations.ts';
import { finding } from './finding.ts';
import type { AnalysisRule, Inventory } from './inventory.ts';

/** WFT0208: a gateway leads to a host for which ISTIO_MUTUAL is written; the one on Workers has no certificate to show. */
export const mutualBehindGateway: AnalysisRule = (inventory) => {
  let exposed: ReadonlySet<string> | undefined;
  return {
    DestinationRule: (rule) => {
      if (!isMutual(rule)) return [];
      exposed ??= exposedHosts(inventory);
      if (!exposed.has(fullHost(rule.spec.host, rule.namespace))) return [];
      const message = `a gateway leads to ${rule.spec.host}, and the gateway on Workers cannot present a certificate: where it does not sign its requests, they are answered with 503`;
      const remedy = 'leave tls out: sidecars speak mutual TLS to each other without it';
      return [finding('WFT0208', rule, ['spec', 'trafficPolicy', 'tls', 'mode'], message, remedy)];
    },
  };
};

/** Those that a gateway leads to. */
function exposedHosts({ resources }: Inventory): ReadonlySet<string> {
  const owners = resources
    .of('VirtualService')
    .filter(({ spec }) => spec.gateways.some((name) => name !== MESH));
  const http = owners.flatMap(destinationsOf).filter(({ protocol }) => protocol === 'http');
  return new Set(http.map(({ host }) => host));
}

function isMutual({ spec }: Resource<'DestinationRule'>): boolean {
  return spec.trafficPolicy?.tls?.mode === 'ISTIO_MUTUAL';
}
