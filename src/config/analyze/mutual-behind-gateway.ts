import { MESH } from '../compile/gateway-name.ts';
import { fullHost } from '../resource/host-name.ts';
import type { Resource } from '../resource/resource.ts';
import { destinationsOf } from './destinations.ts';
import { finding } from './finding.ts';
import type { AnalysisRule } from './inventory.ts';

/** WFT0208: a gateway leads to a host for which ISTIO_MUTUAL is written; the gateway has no certificate to show. */
export const mutualBehindGateway: AnalysisRule = (inventory) => {
  const exposed = new Set(
    destinationsOf(inventory)
      .filter(
        ({ owner, protocol }) => protocol === 'http' && owner.spec.gateways.some((name) => name !== MESH),
      )
      .map(({ host }) => host),
  );
  return inventory.resources
    .of('DestinationRule')
    .filter((rule) => isMutual(rule) && exposed.has(fullHost(rule.spec.host, rule.namespace)))
    .map((rule) =>
      finding(
        'WFT0208',
        rule,
        ['spec', 'trafficPolicy', 'tls', 'mode'],
        `a gateway leads to ${rule.spec.host}, and the gateway cannot present a certificate: its requests are answered with 503`,
        'leave tls out: sidecars speak mutual TLS to each other without it',
      ),
    );
};

function isMutual({ spec }: Resource<'DestinationRule'>): boolean {
  return spec.trafficPolicy?.tls?.mode === 'ISTIO_MUTUAL';
}
