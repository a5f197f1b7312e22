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
  return resources
    .of('ReferenceGrant')
    .some(
      ({ namespace, spec }) =>
        namespace === to.namespace &&
        spec.from.some(
          (one) => one.group === from.group && one.kind === from.kind && one.namespace === from.namespace,
        ) &&
        spec.to.some(
          (one) =>
            one.group === to.group &&
            one.kind === to.kind &&
            (one.name === undefined || one.name === to.name),
        ),
    );
}
