import type { Resource } from '../../resource/resource.ts';
import { groupBy } from '../group-by.ts';
import type { ResourceSet } from '../resource-set.ts';

/** Who refers to something. */
export interface Referrer {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
}

/** What is referred to. */
export interface Referent extends Referrer {
  readonly name: string;
}

/** Whether a reference is allowed: within a namespace, or by a ReferenceGrant in the referent's. */
export function isGranted(from: Referrer, to: Referent, resources: ResourceSet): boolean {
  if (from.namespace === to.namespace) return true;
  return grantsIn(to.namespace, resources).some(
    ({ spec }) =>
      spec.from.some(
        (one) => one.group === from.group && one.kind === from.kind && one.namespace === from.namespace,
      ) &&
      spec.to.some(
        (one) =>
          one.group === to.group && one.kind === to.kind && (one.name === undefined || one.name === to.name),
      ),
  );
}

type Grant = Resource<'ReferenceGrant'>;

const indexes = new WeakMap<ResourceSet, ReadonlyMap<string, readonly Grant[]>>();

function grantsIn(namespace: string, resources: ResourceSet): readonly Grant[] {
  const index = indexes.get(resources) ?? groupBy(resources.of('ReferenceGrant'), (grant) => grant.namespace);
  indexes.set(resources, index);
  return index.get(namespace) ?? [];
}
