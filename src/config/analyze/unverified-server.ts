import { fullHost } from '../resource/host-name.ts';
import type { Resource } from '../resource/resource.ts';
import { finding } from './finding.ts';
import type { AnalysisRule } from './inventory.ts';

/** IST0128, IST0129: a DestinationRule asks for TLS and says by no CA whom to trust. */
export const unverifiedServer: AnalysisRule = () => ({
  DestinationRule: (rule) => {
    const { trafficPolicy, host } = rule.spec;
    const name = fullHost(host, rule.namespace);
    const of = `DestinationRule ${rule.name} in namespace ${rule.namespace} has TLS mode set to`;
    const text = (mode: string | undefined) =>
      `${of} ${mode} but no caCertificates are set to validate server identity for host: ${name}`;
    const remedy = 'set caCertificates, or credentialName with a workloadSelector';
    const path = ['spec', 'trafficPolicy'];
    const whole = unverified(trafficPolicy?.tls, rule)
      ? [finding('IST0128', rule, [...path, 'tls'], text(trafficPolicy?.tls?.mode), remedy)]
      : [];
    const ports = (trafficPolicy?.portLevelSettings ?? []).flatMap(({ tls, port }, index) => {
      if (!unverified(tls, rule)) return [];
      const at = [...path, 'portLevelSettings', index, 'tls'];
      return [finding('IST0129', rule, at, `${text(tls?.mode)} at port number:${port?.number}`, remedy)];
    });
    return [...whole, ...ports];
  },
});

type Rule = Resource<'DestinationRule'>;
type ClientTls = NonNullable<Rule['spec']['trafficPolicy']>['tls'];

/** Credentials are read by the workloads that a rule selects, and else only by gateways. */
function unverified(tls: ClientTls, { spec }: Rule): boolean {
  if (tls?.mode !== 'SIMPLE' && tls?.mode !== 'MUTUAL') return false;
  const credential = tls.credentialName && spec.workloadSelector !== undefined;
  return !tls.caCertificates && !credential;
}
