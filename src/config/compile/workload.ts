import type { Target } from '../../snapshot/target.ts';
import type { Resource } from '../resource/resource.ts';
import { groupBy } from './group-by.ts';
import { type LabelPairs, labelPairs, selects } from './labels.ts';
import type { ResourceSet } from './resource-set.ts';
import type { RegistryPort, RegistryService } from './service-registry.ts';

/** What a Deployment runs: the pods that a service may select. */
export interface Workload {
  readonly namespace: string;
  readonly name: string;
  readonly serviceAccount: string;
  /** Pod labels, sorted by key. */
  readonly labels: LabelPairs;
  /** Container ports by name. */
  readonly ports: ReadonlyMap<string, number>;
}

/** One workload per Deployment. */
export function workloadsOf(resources: ResourceSet): readonly Workload[] {
  return indexOf(resources).all;
}

/** What a Deployment runs. */
export function workloadOf({ namespace, name, spec }: Resource<'Deployment'>): Workload {
  const { metadata, spec: pod } = spec.template;
  const ports = new Map<string, number>();
  for (const container of pod.containers) {
    for (const port of container.ports) if (port.name) ports.set(port.name, port.containerPort);
  }
  return {
    namespace,
    name,
    serviceAccount: pod.serviceAccountName,
    labels: labelPairs(metadata.labels),
    ports,
  };
}

/** The Deployments behind a service whose labels also contain `labels`. */
export function workloadsBehind(
  service: RegistryService,
  labels: ReadonlyMap<string, string> | undefined,
  resources: ResourceSet,
): readonly Workload[] {
  const { selector, namespace } = service;
  if (!selector) return [];
  const { selected, byNamespace } = indexOf(resources);
  const known = selected.get(selector);
  const found =
    known ?? (byNamespace.get(namespace) ?? []).filter((workload) => selects(selector, workload.labels));
  if (!known) selected.set(selector, found);
  return labels ? found.filter((workload) => selects(labels, workload.labels)) : found;
}

/** The container ports of a target by name; empty when no Deployment declares it. */
export function namedPorts(target: Target, resources: ResourceSet): ReadonlyMap<string, number> {
  const own = indexOf(resources)
    .byNamespace.get(target.namespace)
    ?.find(({ name }) => name === target.name);
  return own?.ports ?? new Map();
}

/** The workload port behind a service port; undefined when its name is no container port. */
export function workloadPort(port: RegistryPort, named: ReadonlyMap<string, number>): number | undefined {
  if (typeof port.target === 'number') return port.target;
  return named.get(port.target) ?? (/^\d+$/.test(port.target) ? Number(port.target) : undefined);
}

interface WorkloadIndex {
  readonly all: readonly Workload[];
  readonly byNamespace: ReadonlyMap<string, readonly Workload[]>;
  /** By the selector of a service, which stands in one namespace. */
  readonly selected: Map<ReadonlyMap<string, string>, readonly Workload[]>;
}

const indexes = new WeakMap<ResourceSet, WorkloadIndex>();

/** Built once for a set of resources, which never changes. */
function indexOf(resources: ResourceSet): WorkloadIndex {
  const known = indexes.get(resources);
  if (known) return known;
  const all = resources.of('Deployment').map(workloadOf);
  const index = { all, byNamespace: groupBy(all, ({ namespace }) => namespace), selected: new Map() };
  indexes.set(resources, index);
  return index;
}
