import * as z from 'zod';
import { portNumber, problem } from '../resource/field.ts';
import { GATEWAY_GROUP, group, kindName, namespaceName, objectName, sectionName } from './reference.ts';

const parentReference = z.strictObject({
  group: group.default(GATEWAY_GROUP),
  kind: kindName.default('Gateway'),
  name: objectName,
  namespace: namespaceName.optional(),
  sectionName: sectionName.optional(),
  port: portNumber.optional(),
});

type ParentReference = z.output<typeof parentReference>;

/** ParentRefs of a route: Gateways, ListenerSets or, in the mesh, Services. */
export const parentReferences = z
  .array(parentReference)
  .max(32)
  .check((ctx) => {
    const refs = ctx.value;
    const pairs = refs.flatMap((a, i) => refs.slice(i + 1).map((b) => [a, b] as const));
    const same = pairs.filter(([a, b]) => isSameParent(a, b));
    const mixed = same.filter(([a, b]) => hasPlace(a) !== hasPlace(b));
    const double = same.filter(([a, b]) => a.sectionName === b.sectionName && a.port === b.port);
    if (mixed.length > 0) ctx.issues.push(problem(refs, wording('specified', mixed)));
    if (double.length > 0) ctx.issues.push(problem(refs, wording('unique', double)));
  })
  .default([]);

function isSameParent(a: ParentReference, b: ParentReference): boolean {
  return a.group === b.group && a.kind === b.kind && a.name === b.name && a.namespace === b.namespace;
}

/** Which of sectionName and port are written. */
function hasPlace({ sectionName: section, port }: ParentReference): string {
  return `${section !== undefined} ${port !== undefined}`;
}

/** The two channels of the API word the same rule differently; ports are the experimental one's. */
function wording(what: string, pairs: readonly (readonly [ParentReference, ParentReference])[]): string {
  const ports = pairs.some((pair) => pair.some(({ port }) => port !== undefined));
  const fields = ports ? 'sectionName or port' : 'sectionName';
  return `${fields} must be ${what} when parentRefs includes 2 or more references to the same parent`;
}
