import type { Diagnostic } from '../diagnostic.ts';
import type { FieldPath, Resource } from '../resource/resource.ts';
import { finding } from './finding.ts';
import { selectorText } from './gateway-workload.ts';
import type { AnalysisRule, Inventory } from './inventory.ts';

type Labels = ReadonlyMap<string, string> | undefined;

/** IST0127: an AuthorizationPolicy is in force on nothing that runs. */
export const authorizationWorkload: AnalysisRule = (inventory) => ({
  AuthorizationPolicy: (policy) => {
    const { selector, targetRef, targetRefs } = policy.spec;
    if (targetRef || targetRefs?.length) return [];
    const labels = selector?.matchLabels;
    if (!labels?.size && policy.namespace === inventory.mesh.rootNamespace) return [];
    return nothingSelected(policy, labels, ['spec', 'selector'], inventory);
  },
});

/** IST0127: a policy of another kind selects labels that nothing carries. */
export const selectedWorkload: AnalysisRule = (inventory) => {
  const judge = (policy: SelectingPolicy): Diagnostic[] => {
    const labels = policy.spec.selector?.matchLabels;
    return labels?.size ? nothingSelected(policy, labels, ['spec', 'selector'], inventory) : [];
  };
  return {
    PeerAuthentication: judge,
    RequestAuthentication: judge,
    RateLimit: judge,
    ProxyConfig: judge,
    WasmPlugin: judge,
    DestinationRule: (rule) => {
      const labels = rule.spec.workloadSelector?.matchLabels;
      return labels?.size ? nothingSelected(rule, labels, ['spec', 'workloadSelector'], inventory) : [];
    },
  };
};

type SelectingPolicy =
  | Resource<'PeerAuthentication'>
  | Resource<'RequestAuthentication'>
  | Resource<'RateLimit'>
  | Resource<'ProxyConfig'>
  | Resource<'WasmPlugin'>;

/** Policies of the root namespace select from all of them. */
function nothingSelected(
  policy: Resource,
  labels: Labels,
  path: FieldPath,
  { pods, mesh }: Inventory,
): Diagnostic[] {
  const namespace = policy.namespace === mesh.rootNamespace ? undefined : policy.namespace;
  if (pods.select(labels, namespace).length > 0) return [];
  const message = `No matching workloads for this resource with the following labels: ${selectorText(labels)}`;
  const where = namespace === undefined ? 'the mesh' : `namespace ${namespace}`;
  return [
    finding('IST0127', policy, path, message, `nothing in ${where} carries them: correct the selector`),
  ];
}
