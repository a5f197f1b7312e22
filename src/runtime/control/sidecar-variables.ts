/** Environment variables that a sidecar reads, beside those that begin with `WEFT_`. */
export const SIDECAR_VARIABLES: readonly string[] = [
  'MINIMUM_DRAIN_DURATION',
  'EXIT_ON_ZERO_ACTIVE_CONNECTIONS',
  'TERMINATION_DRAIN_DURATION_SECONDS',
  'ISTIO_KUBE_APP_PROBERS',
  'ISTIO_PROMETHEUS_ANNOTATIONS',
  'OUTPUT_CERTS',
];
