import type { ClusterTls } from '../../snapshot/cluster.ts';
import type { DestinationPolicy } from './destination-rule.ts';
import type { Scope } from './scope.ts';
import type { RegistryPort, RegistryService } from './service-registry.ts';

/**
 * Whether the target may dial what a request names (resolution NONE and DYNAMIC_DNS, PASSTHROUGH). A gateway may
 * not, because strangers write the name, and mesh TLS needs to know whom to expect. Reports a refusal;
 * `policy` is the DestinationRule that asks for it, undefined when the service itself does.
 */
export function mayDialAsAsked(
  service: RegistryService,
  port: RegistryPort,
  tls: ClusterTls,
  policy: DestinationPolicy | undefined,
  { target, report }: Scope,
): boolean {
  const why =
    target.kind === 'gateway'
      ? 'No gateway dials what its clients name'
      : tls.mode === 'mesh' && 'Mesh TLS does not go where a request says';
  if (!why) return true;
  const message = `${why}; ${service.host}:${port.number} answers 503.`;
  if (policy) report.add('WFT0204', policy.rule, ['spec'], message);
  else report.add('WFT0204', service.resource, ['spec', 'resolution'], message);
  return false;
}
