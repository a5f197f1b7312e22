import type { Scope } from '../scope.ts';
import type { RegistryPort, RegistryService } from '../service-registry.ts';

/** Whether a BackendTLSPolicy asks a gateway for TLS to this port, which is not made: plaintext must not go instead. */
export function wantsBackendTls(service: RegistryService, port: RegistryPort, scope: Scope): boolean {
  if (scope.target.kind !== 'gateway') return false;
  const { kind, name, namespace } = service.resource;
  return scope.resources
    .of('BackendTLSPolicy')
    .some(
      (policy) =>
        policy.namespace === namespace &&
        policy.spec.targetRefs.some(
          (ref) =>
            ref.group === '' &&
            ref.kind === kind &&
            ref.name === name &&
            (ref.sectionName === undefined || ref.sectionName === port.name),
        ),
    );
}
