/** Whom an attestor may attest, and for how long. */
export interface AttestorLimits {
  /** Undefined = any. `*` is any but the root namespace, which must be named. */
  readonly namespaces: readonly string[] | undefined;
  /** Undefined, `*` = any. */
  readonly serviceAccounts: readonly string[] | undefined;
  /** Longest life of a certificate, ms. */
  readonly maxTtlMs: number;
}

/** Any workload, for as long as the authority signs at all. */
export const NO_LIMITS: AttestorLimits = {
  namespaces: undefined,
  serviceAccounts: undefined,
  maxTtlMs: Number.MAX_SAFE_INTEGER,
};

/** Whose configuration is everybody's (MeshConfig rootNamespace), with the account of the ingress gateway in it. */
const ROOT = 'istio-system';

/** Why limits forbid a workload; undefined when they do not. */
export function limitsRefusal(
  { namespaces, serviceAccounts }: AttestorLimits,
  namespace: string,
  serviceAccount: string,
): 'namespace' | 'service_account' | undefined {
  const anyNamespace = namespaces === undefined || (namespaces.includes('*') && namespace !== ROOT);
  if (!anyNamespace && !namespaces.includes(namespace)) return 'namespace';
  const anyAccount = serviceAccounts === undefined || serviceAccounts.includes('*');
  return anyAccount || serviceAccounts.includes(serviceAccount) ? undefined : 'service_account';
}
