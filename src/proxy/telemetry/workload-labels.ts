import type { PeerMetadata } from '../peer-metadata.ts';
import { type Labels, UNKNOWN } from './labels.ts';

/** One end of a hop. */
export interface HopEnd {
  /** Undefined = nobody who proved or was registered as a workload. */
  readonly workload: PeerMetadata | undefined;
  /** SPIFFE ID that this end proved on the hop, or empty. */
  readonly principal: string;
  /** The mesh that it belongs to, or empty. */
  readonly cluster: string;
}

/** The `source_*` labels of a workload. */
export type SourceLabels = Pick<Labels, Extract<keyof Labels, `source_${string}`>>;

/** The `destination_*` labels of a workload; those of the service that was asked for are not among them. */
export type DestinationLabels = Omit<
  Pick<Labels, Extract<keyof Labels, `destination_${string}`>>,
  'destination_service' | 'destination_service_name' | 'destination_service_namespace'
>;

/** The client's end. */
export function sourceLabels(end: HopEnd): SourceLabels {
  const { workload, namespace, app, version, service, revision, principal, cluster } = described(end);
  return {
    source_workload: workload,
    source_canonical_service: service,
    source_canonical_revision: revision,
    source_workload_namespace: namespace,
    source_principal: principal,
    source_app: app,
    source_version: version,
    source_cluster: cluster,
  };
}

/** The server's end. */
export function destinationLabels(end: HopEnd): DestinationLabels {
  const { workload, namespace, app, version, service, revision, principal, cluster } = described(end);
  return {
    destination_workload: workload,
    destination_workload_namespace: namespace,
    destination_principal: principal,
    destination_app: app,
    destination_version: version,
    destination_canonical_service: service,
    destination_canonical_revision: revision,
    destination_cluster: cluster,
  };
}

/** Istio's words: a workload without a revision is `latest`, everything else that is not known `unknown`. */
function described({ workload, principal, cluster }: HopEnd) {
  return {
    workload: workload?.name ?? UNKNOWN,
    namespace: workload?.namespace ?? UNKNOWN,
    // Proxies tell each other the canonical name, which is the label `app` unless a workload has a better one.
    app: workload?.canonicalService ?? UNKNOWN,
    version: workload?.version || UNKNOWN,
    service: workload?.canonicalService ?? UNKNOWN,
    revision: workload?.canonicalRevision ?? 'latest',
    principal: principal || UNKNOWN,
    cluster: (workload && cluster) || UNKNOWN,
  };
}
