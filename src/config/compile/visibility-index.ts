import { visibleFrom } from './visibility.ts';

/** What is exported to a namespace, in the order given. */
export type VisibilityIndex<T> = (client: string) => readonly T[];

interface Exported {
  readonly namespace: string;
  readonly exportTo: readonly string[] | undefined;
}

/** Sorts items by whom they are exported to, so that asking does not look at those of others. */
export function visibilityIndex<T>(items: readonly T[], exportOf: (item: T) => Exported): VisibilityIndex<T> {
  const everywhere: number[] = [];
  const named = new Map<string, number[]>();
  for (const [at, item] of items.entries()) {
    const { namespace, exportTo } = exportOf(item);
    if (visibleFrom('*', namespace, exportTo)) everywhere.push(at);
    else for (const to of new Set(exportTo)) add(named, to === '.' ? namespace : to, at);
  }
  const known = new Map<string, readonly T[]>();
  return (client) => {
    const found = known.get(client);
    if (found) return found;
    const places = [...new Set([...everywhere, ...(named.get(client) ?? [])])].sort((a, b) => a - b);
    const visible = places.flatMap((at) => items[at] ?? []);
    known.set(client, visible);
    return visible;
  };
}

function add(named: Map<string, number[]>, client: string, at: number): void {
  const places = named.get(client);
  if (places) places.push(at);
  else named.set(client, [at]);
}
