/** Whom a snapshot is for. */
export interface Target {
  readonly kind: 'gateway' | 'sidecar';
  readonly namespace: string;
  /** The workload's name: a Deployment's, or the gateway's. */
  readonly name: string;
  readonly serviceAccount: string;
  /** Pod labels, sorted by key. */
  readonly labels: readonly (readonly [string, string])[];
}

/** The target's name in a manifest, e.g. `sidecar/default/reviews-v1`. */
export function targetName(target: Pick<Target, 'kind' | 'namespace' | 'name'>): string {
  return `${target.kind}/${target.namespace}/${target.name}`;
}
