import type { Kind } from '../resource/kinds.ts';
import type { Resource } from '../resource/resource.ts';
import { groupBy } from './group-by.ts';

/** Resources by kind, oldest first. */
export interface ResourceSet {
  /** In which there are resources, the empty one of those that have none included; in the order of the oldest in each. */
  readonly namespaces: readonly string[];
  of<K extends Kind>(kind: K): readonly Resource<K>[];
  /** Those of one namespace. */
  in<K extends Kind>(kind: K, namespace: string): readonly Resource<K>[];
}

/**
 * Sorts by metadata.creationTimestamp; of one instant by name, then namespace. Resources without one come last, in the
 * order given.
 */
export function resourceSet(resources: readonly Resource[]): ResourceSet {
  const oldestFirst = [...resources].sort((a, b) => age(a) - age(b) || byName(a, b));
  const byKind = groupBy(oldestFirst, ({ kind }) => kind);
  const byPlace = placed(oldestFirst);
  return {
    namespaces: [...byPlace.keys()],
    of: <K extends Kind>(kind: K) => (byKind.get(kind) ?? NONE) as unknown as readonly Resource<K>[],
    in: <K extends Kind>(kind: K, namespace: string) =>
      (byPlace.get(namespace)?.get(kind) ?? NONE) as unknown as readonly Resource<K>[],
  };
}

const NONE: readonly Resource[] = [];

/** By namespace, then kind: texts that are there already, where one for both would be built. */
function placed(resources: readonly Resource[]): ReadonlyMap<string, ReadonlyMap<Kind, readonly Resource[]>> {
  const places = new Map<string, Map<Kind, Resource[]>>();
  for (const resource of resources) {
    const { kind, namespace } = resource;
    const kinds = places.get(namespace);
    const same = kinds?.get(kind);
    if (same) same.push(resource);
    else if (kinds) kinds.set(kind, [resource]);
    else places.set(namespace, new Map([[kind, [resource]]]));
  }
  return places;
}

function age(resource: Resource): number {
  return resource.created ?? Number.MAX_SAFE_INTEGER;
}

/** Resources that were not created anywhere have the order of their files. */
function byName(a: Resource, b: Resource): number {
  if (a.created === undefined) return 0;
  return compared(a.name, b.name) || compared(a.namespace, b.namespace);
}

function compared(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
