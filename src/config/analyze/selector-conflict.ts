import { groupBy } from '../compile/group-by.ts';
import type { Diagnostic } from '../diagnostic.ts';
import type { Code } from '../diagnostic-codes.ts';
import type { FieldPath, Resource } from '../resource/resource.ts';
import { finding } from './finding.ts';
import { selectorText } from './gateway-workload.ts';
import type { AnalysisRule, Inventory } from './inventory.ts';

type Selecting = Resource<'Telemetry'> | Resource<'Sidecar'>;

/** What is said of a kind of which one may select a workload. */
interface Exclusive {
  readonly kinds: string;
  readonly path: FieldPath;
  readonly conflict: Code;
  readonly several: Code;
  readonly labels: (resource: Selecting) => ReadonlyMap<string, string> | undefined;
}

const TELEMETRY: Exclusive = {
  kinds: 'Telemetries',
  path: ['spec', 'selector'],
  conflict: 'IST0159',
  several: 'IST0160',
  labels: ({ spec }) => ('selector' in spec ? spec.selector?.matchLabels : undefined),
};

const SIDECAR: Exclusive = {
  kinds: 'Sidecars',
  path: ['spec', 'workloadSelector'],
  conflict: 'IST0110',
  several: 'IST0111',
  labels: ({ spec }) => ('workloadSelector' in spec ? spec.workloadSelector?.labels : undefined),
};

/** IST0101, IST0159, IST0160: Telemetries that select nothing, or the same workload. */
export const telemetrySelectors: AnalysisRule = (inventory) =>
  judge(inventory.resources.of('Telemetry').filter(isAttachedByLabels), TELEMETRY, inventory);

/** IST0101, IST0110, IST0111: Sidecars that select nothing, or the same workload. */
export const sidecarSelectors: AnalysisRule = (inventory) =>
  judge(inventory.resources.of('Sidecar'), SIDECAR, inventory);

function isAttachedByLabels({ spec }: Resource<'Telemetry'>): boolean {
  return !spec.targetRef && !spec.targetRefs?.length;
}

function judge(all: readonly Selecting[], kind: Exclusive, inventory: Inventory): Diagnostic[] {
  return [...groupBy(all, ({ namespace }) => namespace)].flatMap(([namespace, own]) => [
    ...unselected(own, kind, inventory),
    ...overlapping(own, namespace, kind, inventory),
    ...withoutSelector(own, namespace, kind),
  ]);
}

function unselected(own: readonly Selecting[], kind: Exclusive, { pods, mesh }: Inventory): Diagnostic[] {
  return own.flatMap((resource) => {
    const labels = kind.labels(resource);
    const namespace = resource.namespace === mesh.rootNamespace ? undefined : resource.namespace;
    if (!labels?.size || pods.select(labels, namespace).length > 0) return [];
    const message = `Referenced selector not found: "${selectorText(labels)}"`;
    const remedy = `nothing in namespace ${resource.namespace} carries these labels: correct the selector`;
    return [finding('IST0101', resource, kind.path, message, remedy)];
  });
}

/** More rivals than a message can name are not collected. */
const RIVALS = 50;

function overlapping(
  own: readonly Selecting[],
  namespace: string,
  kind: Exclusive,
  { pods }: Inventory,
): Diagnostic[] {
  const byPod = new Map<string, Selecting[]>();
  for (const resource of own) {
    const labels = kind.labels(resource);
    if (!labels?.size) continue;
    for (const { name } of pods.select(labels, namespace)) {
      const known = byPod.get(name);
      if (!known) byPod.set(name, [resource]);
      else if (known.length < RIVALS && !known.includes(resource)) known.push(resource);
    }
  }
  const said = new Set<Selecting>();
  return [...byPod].flatMap(([pod, rivals]) => {
    if (rivals.length < 2) return [];
    const names = rivals.map(({ name }) => name).join(' ');
    const message = `The ${kind.kinds} [${names}] in namespace "${namespace}" select the same workload pod "${pod}", which can lead to undefined behavior.`;
    const fresh = rivals.filter((resource) => !said.has(resource));
    for (const resource of fresh) said.add(resource);
    return fresh.map((resource) =>
      finding(kind.conflict, resource, kind.path, message, 'let each workload be selected once'),
    );
  });
}

function withoutSelector(own: readonly Selecting[], namespace: string, kind: Exclusive): Diagnostic[] {
  const rivals = own.filter((resource) => !kind.labels(resource)?.size);
  if (rivals.length < 2) return [];
  const names = rivals.map(({ name }) => name).join(' ');
  const message = `The ${kind.kinds} [${names}] in namespace "${namespace}" have no workload selector, which can lead to undefined behavior.`;
  return rivals.map((resource) =>
    finding(kind.several, resource, ['spec'], message, 'keep one of them for the namespace'),
  );
}
