import { groupBy } from './group-by.ts';
import { type LabelPairs, selects } from './labels.ts';
import type { RegistryService, ServiceRegistry } from './service-registry.ts';

/** The services that a workload is behind, oldest first. */
export function servicesOf(
  { namespace, labels }: { readonly namespace: string; readonly labels: LabelPairs },
  registry: ServiceRegistry,
): RegistryService[] {
  const index = indexOf(registry, namespace);
  const found = new Set<Selecting>();
  for (const [key, value] of labels) {
    for (const one of index.get(key)?.get(value) ?? []) if (selects(one.selector, labels)) found.add(one);
  }
  const all = [...found];
  if (all.length > 1) all.sort((a, b) => a.age - b.age);
  return [...new Set(all.map(({ service }) => service))];
}

/** One of the label sets of a service. */
interface Selecting {
  readonly service: RegistryService;
  readonly selector: ReadonlyMap<string, string>;
  /** Place among those of the namespace, oldest first. */
  readonly age: number;
}

/** By the first label of the selector, which everything selected carries: its key, then its value. */
type SelectingIndex = ReadonlyMap<string, ReadonlyMap<string, readonly Selecting[]>>;

const indexes = new WeakMap<ServiceRegistry, Map<string, SelectingIndex>>();

/** Built once for a namespace of a registry, which never changes. */
function indexOf(registry: ServiceRegistry, namespace: string): SelectingIndex {
  const known = indexes.get(registry) ?? new Map<string, SelectingIndex>();
  indexes.set(registry, known);
  let index = known.get(namespace);
  if (!index) {
    index = byFirstLabel(registry.in(namespace));
    known.set(namespace, index);
  }
  return index;
}

function byFirstLabel(services: readonly RegistryService[]): SelectingIndex {
  const all = services.flatMap((service, age) =>
    service.behind.map((selector) => ({ service, selector, age })),
  );
  const byKey = groupBy(all, (one) => firstLabel(one)[0]);
  return new Map([...byKey].map(([key, own]) => [key, groupBy(own, (one) => firstLabel(one)[1])]));
}

function firstLabel({ selector }: Selecting): readonly [key: string, value: string] {
  return selector.entries().next().value ?? ['', ''];
}
