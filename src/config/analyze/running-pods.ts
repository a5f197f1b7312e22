import type { ResourceSet } from '../compile/resource-set.ts';
import { ingressGateway } from '../compile/targets.ts';
import type { Kind } from '../resource/kinds.ts';
import type { Resource } from '../resource/resource.ts';

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

/** Collects what runs, a namespace when it is first asked for. Istio's default ingress gateway does without being written. */
export function runningPods(resources: ResourceSet): RunningPods {
  const known = new Map<string | undefined, PodIndex>();
  const within = (namespace: string | undefined) => {
    let index = known.get(namespace);
    if (!index) {
      index = podIndex(written(resources, namespace));
      known.set(namespace, index);
    }
    return index;
  };
  return {
    get all() {
      return within(undefined).all;
    },
    select: (selector, namespace) => select(selector, within(namespace)),
  };
}

/** Whether the labels are among those of a pod. */
export function carries(pod: RunningPod, selector: ReadonlyMap<string, string> | undefined): boolean {
  if (selector === undefined) return true;
  for (const [key, value] of selector) if (pod.labels.get(key) !== value) return false;
  return true;
}

interface PodIndex {
  readonly all: readonly RunningPod[];
  /** By the key of a label, then its value: texts that are there already, where one for both would be built. */
  readonly byLabel: ReadonlyMap<string, ReadonlyMap<string, readonly RunningPod[]>>;
}

function podIndex(all: readonly RunningPod[]): PodIndex {
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
  return { all, byLabel: byKey };
}

function select(selector: ReadonlyMap<string, string> | undefined, { all, byLabel }: PodIndex) {
  if (!selector?.size) return all;
  let fewest = all;
  for (const [key, value] of selector) {
    const same = byLabel.get(key)?.get(value) ?? NOBODY;
    if (same.length < fewest.length) fewest = same;
  }
  // Who was found by the only label carries it.
  if (fewest.length === 0 || (selector.size === 1 && fewest !== all)) return fewest;
  return fewest.filter((pod) => carries(pod, selector));
}

/** Istio's label on what it runs for a Gateway of the Gateway API. */
const GATEWAY_NAME = 'gateway.networking.k8s.io/gateway-name';

const NOBODY: readonly RunningPod[] = [];
const NONE: ReadonlyMap<string, string> = new Map();

const gateway: RunningPod = {
  namespace: ingressGateway.namespace,
  name: ingressGateway.name,
  labels: new Map(ingressGateway.labels),
};

/** Of one namespace, or of all of them. */
function written(resources: ResourceSet, namespace: string | undefined): RunningPod[] {
  const pods = <K extends Kind>(
    kind: K,
    labelsOf: (resource: Resource<K>) => RunningPod['labels'] | undefined,
  ) =>
    (namespace === undefined ? resources.of(kind) : resources.in(kind, namespace)).map((resource) => ({
      namespace: resource.namespace,
      name: resource.name,
      labels: labelsOf(resource) ?? NONE,
    }));
  return [
    ...(namespace === undefined || namespace === gateway.namespace ? [gateway] : []),
    ...pods('Pod', ({ labels }) => labels),
    ...pods('Deployment', ({ spec }) => spec.template.metadata.labels),
    ...pods('KubernetesGateway', ({ name }) => new Map([[GATEWAY_NAME, name]])),
    ...pods('WorkloadEntry', ({ spec }) => spec.labels),
    ...pods('WorkloadGroup', ({ spec }) => spec.metadata?.labels),
  ];
}
