import { groupBy } from '../compile/group-by.ts';
import type { ResourceSet } from '../compile/resource-set.ts';
import { ingressGateway } from '../compile/targets.ts';

/** Something that runs: a Pod, what a Deployment or WorkloadGroup makes, a WorkloadEntry, or a gateway. */
export interface RunningPod {
  readonly namespace: string;
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
}

/** Everything that runs, found by labels. */
export interface RunningPods {
  readonly all: readonly RunningPod[];
  /** Those that carry every label; of one namespace, or of all of them. An empty selector takes all. */
  select(selector: ReadonlyMap<string, string> | undefined, namespace?: string): readonly RunningPod[];
}

/** Collects what runs. Istio's default ingress gateway does without being written. */
export function runningPods(resources: ResourceSet): RunningPods {
  const all = [gateway, ...written(resources)];
  const byNamespace = groupBy(all, ({ namespace }) => namespace);
  const byLabel = labelled(all);
  return {
    all,
    select: (selector, namespace) => {
      const own = namespace === undefined ? all : (byNamespace.get(namespace) ?? []);
      if (!selector?.size) return own;
      let fewest = own;
      for (const [key, value] of selector) {
        const same = byLabel.get(key)?.get(value) ?? [];
        if (same.length < fewest.length) fewest = same;
      }
      // Who was found by the only label carries it.
      const found = selector.size === 1 && fewest !== own;
      return fewest.filter(
        (pod) =>
          (namespace === undefined || pod.namespace === namespace) && (found || carries(pod, selector)),
      );
    },
  };
}

/** Whether the labels are among those of a pod. */
export function carries(pod: RunningPod, selector: ReadonlyMap<string, string> | undefined): boolean {
  for (const [key, value] of selector ?? []) if (pod.labels.get(key) !== value) return false;
  return true;
}

/** By the key of a label, then its value: texts that are there already, where one for both would be built. */
function labelled(
  all: readonly RunningPod[],
): ReadonlyMap<string, ReadonlyMap<string, readonly RunningPod[]>> {
  const byKey = new Map<string, Map<string, RunningPod[]>>();
  for (const pod of all) {
    for (const [key, value] of pod.labels) {
      const values = byKey.get(key);
      const same = values?.get(value);
      if (same) same.push(pod);
      else if (values) values.set(value, [pod]);
      else byKey.set(key, new Map([[value, [pod]]]));
    }
  }
  return byKey;
}

/** Istio's label on what it runs for a Gateway of the Gateway API. */
const GATEWAY_NAME = 'gateway.networking.k8s.io/gateway-name';

const NONE: ReadonlyMap<string, string> = new Map();

const gateway: RunningPod = {
  namespace: ingressGateway.namespace,
  name: ingressGateway.name,
  labels: new Map(ingressGateway.labels),
};

function written(resources: ResourceSet): RunningPod[] {
  return [
    ...resources.of('Pod').map(({ namespace, name, labels }) => ({ namespace, name, labels })),
    ...resources.of('Deployment').map(({ namespace, name, spec }) => ({
      namespace,
      name,
      labels: spec.template.metadata.labels ?? NONE,
    })),
    ...resources.of('KubernetesGateway').map(({ namespace, name }) => ({
      namespace,
      name,
      labels: new Map([[GATEWAY_NAME, name]]),
    })),
    ...resources.of('WorkloadEntry').map(({ namespace, name, spec }) => ({
      namespace,
      name,
      labels: spec.labels ?? NONE,
    })),
    ...resources.of('WorkloadGroup').map(({ namespace, name, spec }) => ({
      namespace,
      name,
      labels: spec.metadata?.labels ?? NONE,
    })),
  ];
}
