import { BUCKET_BOUNDS, type Distribution } from '../../src/proxy/telemetry/histogram.ts';
import { type Labels, UNKNOWN } from '../../src/proxy/telemetry/labels.ts';

/** What can stand at an end of an edge. */
export type NodeKind = 'gateway' | 'workload' | 'service' | 'unknown';

/** A node as labels tell it. */
export interface NodeFacts {
  /** `workload/default/reviews-v1`, `service/default/reviews`, `gateway/…` or `unknown`. */
  readonly id: string;
  readonly kind: NodeKind;
  readonly namespace: string;
  /** Canonical service; for a service its name. */
  readonly service: string;
  readonly workload: string;
  readonly version: string;
}

/** Who says so, and about which hop. */
export interface EdgeName {
  readonly reporter: 'source' | 'destination';
  readonly from: string;
  readonly to: string;
  readonly protocol: string;
  /** Istio's connection_security_policy; `unknown` where the source tells. */
  readonly security: string;
}

/** What passed over an edge in some time. */
export interface EdgeCount extends EdgeName {
  readonly requests: number;
  readonly errors: number;
  readonly durationMs: Distribution;
}

/** Who cannot be known. */
export const unknownNode: NodeFacts = {
  id: UNKNOWN,
  kind: 'unknown',
  namespace: '',
  service: '',
  workload: '',
  version: '',
};

/** Of nothing at all. */
export const noDistribution: Distribution = { counts: BUCKET_BOUNDS.map(() => 0).concat(0), sum: 0 };

/** The workload's node; a workload that nobody knows has none. */
export function workloadNode(
  kind: 'gateway' | 'workload',
  namespace: string,
  workload: string,
  service: string,
  version: string,
): NodeFacts {
  return { id: `${kind}/${namespace}/${workload}`, kind, namespace, service, workload, version };
}

/** The client's end, by the labels; `isGateway` tells gateways from workloads. */
export function sourceNode(labels: Labels, isGateway: IsGateway): NodeFacts {
  const { source_workload: workload, source_workload_namespace: namespace } = labels;
  if (workload === UNKNOWN) return unknownNode;
  const kind = isGateway(namespace, workload) ? 'gateway' : 'workload';
  return workloadNode(
    kind,
    namespace,
    workload,
    labels.source_canonical_service,
    known(labels.source_version),
  );
}

/** The server's end: its workload, else the service that was asked for. */
export function destinationNode(labels: Labels, isGateway: IsGateway): NodeFacts {
  const { destination_workload: workload, destination_workload_namespace: namespace } = labels;
  if (workload !== UNKNOWN) {
    const kind = isGateway(namespace, workload) ? 'gateway' : 'workload';
    const { destination_canonical_service: service, destination_version: version } = labels;
    return workloadNode(kind, namespace, workload, service, known(version));
  }
  const service = labels.destination_service_name;
  if (service === UNKNOWN || labels.destination_service === UNKNOWN) return unknownNode;
  const place = known(labels.destination_service_namespace);
  const name = place === '' ? labels.destination_service : service;
  return {
    id: `service/${place}/${name}`,
    kind: 'service',
    namespace: place,
    service: name,
    workload: '',
    version: '',
  };
}

export type IsGateway = (namespace: string, workload: string) => boolean;

/** Whether the answer is the server's failure (gRPC statuses as OpenTelemetry sees them), or there was none. */
export function isFailure({ response_code: code, grpc_response_status: grpc }: Labels): boolean {
  return code === '0' || code.startsWith('5') || serverFaults.has(grpc);
}

/** UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS. */
const serverFaults = new Set(['2', '4', '12', '13', '14', '15']);

const known = (label: string): string => (label === UNKNOWN ? '' : label);

/** Both together. */
export function sumOf(a: Distribution, b: Distribution): Distribution {
  return { counts: a.counts.map((value, index) => value + (b.counts[index] ?? 0)), sum: a.sum + b.sum };
}
