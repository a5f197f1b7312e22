/** The labels of Istio's standard metrics, in the order in which Istio writes them. */
export const LABEL_NAMES = [
  'reporter',
  'source_workload',
  'source_canonical_service',
  'source_canonical_revision',
  'source_workload_namespace',
  'source_principal',
  'source_app',
  'source_version',
  'source_cluster',
  'destination_workload',
  'destination_workload_namespace',
  'destination_principal',
  'destination_app',
  'destination_version',
  'destination_service',
  'destination_canonical_service',
  'destination_canonical_revision',
  'destination_service_name',
  'destination_service_namespace',
  'destination_cluster',
  'request_protocol',
  'response_code',
  'grpc_response_status',
  'response_flags',
  'connection_security_policy',
] as const;

export type LabelName = (typeof LABEL_NAMES)[number];

/** Every label has a value; `unknown` where the proxy does not know. */
export type Labels = Readonly<Record<LabelName, string>>;

/** Labels of TCP metrics: there is no response to tell of. */
export const TCP_LABEL_NAMES: readonly LabelName[] = LABEL_NAMES.filter(
  (name) => name !== 'response_code' && name !== 'grpc_response_status',
);

/** What Istio writes where it does not know. */
export const UNKNOWN = 'unknown';

/** One text for each distinct set of labels; no label can hold the separator. */
export function labelKey(labels: Labels): string {
  let key = '';
  for (const name of LABEL_NAMES) key += `${labels[name]}\n`;
  return key;
}

/** What a program that knows nothing more says of a request, so that it is counted all the same. */
export function foldedLabels(labels: Labels): Labels {
  const { reporter, request_protocol, connection_security_policy } = labels;
  const code = `${labels.response_code.slice(0, 1)}xx`;
  return {
    ...UNKNOWN_LABELS,
    reporter,
    request_protocol,
    response_code: labels.response_code.length === 3 ? code : labels.response_code,
    grpc_response_status: '',
    response_flags: '-',
    connection_security_policy,
  };
}

const UNKNOWN_LABELS = Object.fromEntries(LABEL_NAMES.map((name) => [name, UNKNOWN])) as Labels;
