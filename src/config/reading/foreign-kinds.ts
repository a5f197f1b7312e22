/** Kinds of Istio, Gateway API and Kubernetes that are not read, by API group. */
export const FOREIGN_KINDS: ReadonlyMap<string, readonly string[]> = new Map([
  ['install.istio.io', ['IstioOperator']],
  ['', ['Endpoints', 'LimitRange', 'PersistentVolume', 'PersistentVolumeClaim']],
  ['apps', ['DaemonSet', 'ReplicaSet', 'StatefulSet']],
  ['batch', ['CronJob', 'Job']],
  ['autoscaling', ['HorizontalPodAutoscaler']],
  ['networking.k8s.io', ['Ingress', 'IngressClass', 'NetworkPolicy']],
  ['policy', ['PodDisruptionBudget']],
  ['rbac.authorization.k8s.io', ['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding']],
  ['apiextensions.k8s.io', ['CustomResourceDefinition']],
  ['admissionregistration.k8s.io', ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration']],
]);

/** `networking.istio.io` of `networking.istio.io/v1`; empty for core kinds. */
export function apiGroup(apiVersion: string): string {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? '' : apiVersion.slice(0, slash);
}

/** Whether this is a known kind of somebody's that is not run here. */
export function isForeign(apiVersion: string, kind: string): boolean {
  return FOREIGN_KINDS.get(apiGroup(apiVersion))?.includes(kind) ?? false;
}
