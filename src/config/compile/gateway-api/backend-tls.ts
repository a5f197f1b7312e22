import type { Resource } from '../../resource/resource.ts';
import type { Scope } from '../scope.ts';
import type { RegistryPort, RegistryService } from '../service-registry.ts';

/** Whether a BackendTLSPolicy asks a gateway for TLS to this port, which is not made: plaintext must not go instead. */
export function wantsBackendTls(service: RegistryService, port: RegistryPort, scope: Scope): boolean {
  if (scope.target.kind !== 'gateway') return false;
  const policy = scope.resources.of('BackendTLSPolicy').find((one) => isFor(one, service, port));
  if (policy === undefined) return false;
  const message = `TLS to ${service.host} port ${port.number} is not made; the gateway answers for it with an error.`;
  scope.report.add('WFT0204', policy, ['spec', 'validation'], message);
  return true;
}

function isFor(
  { namespace, spec }: Resource<'BackendTLSPolicy'>,
  { resource }: RegistryService,
  port: RegistryPort,
): boolean {
  return (
    namespace === resource.namespace &&
    spec.targetRefs.some(
      (ref) =>
        ref.group === '' &&
        ref.kind === resource.kind &&
        ref.name === resource.name &&
        (ref.sectionName === undefined || ref.sectionName === port.name),
    )
  );
}
