import type { ClusterTls } from '../../../snapshot/cluster.ts';
import type { Resource } from '../../resource/resource.ts';
import { byName } from '../by-name.ts';
import { credentialIn } from '../credential.ts';
import type { Scope } from '../scope.ts';
import type { RegistryPort, RegistryService } from '../service-registry.ts';

/**
 * TLS to the servers behind a port, as a BackendTLSPolicy asks of a gateway: one for the port by its name before one for
 * the whole Service, then the oldest. Undefined where none does; `refused` where it cannot be made, because plaintext
 * must not go instead.
 */
export function backendTls(
  service: RegistryService,
  port: RegistryPort,
  scope: Scope,
): ClusterTls | 'refused' | undefined {
  const policy = scope.target.kind === 'gateway' ? policyFor(service, port, scope) : undefined;
  if (policy === undefined) return undefined;
  const { hostname, subjectAltNames } = policy.spec.validation;
  const roots = rootsOf(policy, scope);
  const names = subjectAltNames.length > 0 ? subjectAltNames.map((one) => one.hostname ?? '') : [hostname];
  const problem =
    roots === undefined ? 'no ConfigMap with ca.crt' : names.includes('') && 'a URI is no host name';
  if (roots !== undefined && !problem) return { mode: 'server', serverName: hostname, names, roots };
  const message = `No TLS to ${service.host}:${port.number} (${problem}); it answers 500.`;
  scope.report.add('WFT0204', policy, ['spec', 'validation'], message);
  return 'refused';
}

type BackendTlsPolicy = Resource<'BackendTLSPolicy'>;

function policyFor(
  service: RegistryService,
  port: RegistryPort,
  { resources }: Scope,
): BackendTlsPolicy | undefined {
  const all = resources.in('BackendTLSPolicy', service.namespace);
  return (
    all.find((policy) => isFor(policy, service, port.name)) ??
    all.find((policy) => isFor(policy, service, undefined))
  );
}

function isFor(
  { spec }: BackendTlsPolicy,
  { resource }: RegistryService,
  section: string | undefined,
): boolean {
  return spec.targetRefs.some(
    (ref) =>
      ref.group === '' &&
      ref.kind === resource.kind &&
      ref.name === resource.name &&
      ref.sectionName === section,
  );
}

/** PEM of every authority that can be found; empty = those of the platform. */
function rootsOf({ namespace, spec }: BackendTlsPolicy, { resources }: Scope): string | undefined {
  const { caCertificateRefs, wellKnownCACertificates } = spec.validation;
  if (wellKnownCACertificates === 'System') return '';
  const found = caCertificateRefs.flatMap(({ group, kind, name }) => {
    const holder =
      group === '' && kind === 'ConfigMap' ? byName('ConfigMap', namespace, name, resources) : undefined;
    return holder ? credentialIn(holder).authority : [];
  });
  const roots = found.filter((pem) => pem !== '').join('\n');
  return roots === '' ? undefined : roots;
}
