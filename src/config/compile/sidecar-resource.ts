import { fullHost } from '../resource/host-name.ts';
import type { Resource } from '../resource/resource.ts';
import { hostIntersection } from './host-match.ts';
import { selects } from './labels.ts';
import type { Scope } from './scope.ts';

/** A Sidecar egress host: `namespace/host`. */
export interface EgressHost {
  /** Undefined = any. */
  readonly namespace: string | undefined;
  /** Full name, `*.x` or `*`. */
  readonly host: string;
  /** The only port that its listener takes; undefined = every one. */
  readonly port: number | undefined;
}

/**
 * The Sidecar in force for a target: of its namespace one that selects the workload, else the namespace's own, else the
 * root namespace's; the oldest of each. Gateways have none.
 */
export function sidecarOf({ target, mesh, resources }: Scope): Resource<'Sidecar'> | undefined {
  if (target.kind !== 'sidecar') return undefined;
  const own = resources.in('Sidecar', target.namespace);
  return (
    own.find((one) => isSelective(one) && selects(one.spec.workloadSelector?.labels, target.labels)) ??
    own.find((one) => !isSelective(one)) ??
    resources.in('Sidecar', mesh.rootNamespace).find((one) => !isSelective(one))
  );
}

/** What it lets clients of a namespace reach; without `egress` everything, which is undefined. */
export function egressHosts(
  { namespace, spec }: Resource<'Sidecar'>,
  client: string,
): readonly EgressHost[] | undefined {
  if (spec.egress.length === 0) return undefined;
  return spec.egress.flatMap(({ hosts, port }) =>
    hosts.flatMap((written) => {
      const slash = written.indexOf('/');
      const place = slash < 0 ? '*' : written.slice(0, slash);
      if (place === '~') return [];
      return [
        {
          namespace: place === '*' ? undefined : place === '.' ? client : place,
          host: fullHost(written.slice(slash + 1), namespace),
          port: port?.number || undefined,
        },
      ];
    }),
  );
}

/** Those of the egress hosts that mean a host of a namespace. */
export function egressTo(
  hosts: readonly EgressHost[],
  namespace: string,
  host: string,
): readonly EgressHost[] {
  return hosts.filter(
    (one) =>
      (one.namespace === undefined || one.namespace === namespace) &&
      hostIntersection(one.host, host) !== undefined,
  );
}

function isSelective({ spec }: Resource<'Sidecar'>): boolean {
  return (spec.workloadSelector?.labels?.size ?? 0) > 0;
}
