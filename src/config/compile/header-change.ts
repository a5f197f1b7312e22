import type { HeaderChange, HeaderOperations } from '../../snapshot/route.ts';
import type { HeadersSpec } from './spec-parts.ts';

/** VirtualService Headers; undefined when nothing is changed. Names lower-case and sorted. */
export function headerOperations(spec: HeadersSpec | undefined): HeaderOperations | undefined {
  const request = headerChange(spec?.request);
  const response = headerChange(spec?.response);
  if (!request && !response) return undefined;
  return { ...(request && { request }), ...(response && { response }) };
}

function headerChange(spec: HeadersSpec['request']): HeaderChange | undefined {
  if (!spec) return undefined;
  const change = {
    remove: spec.remove.map((name) => name.toLowerCase()).sort(),
    set: pairs(spec.set),
    add: pairs(spec.add),
  };
  return change.remove.length + change.set.length + change.add.length > 0 ? change : undefined;
}

function pairs(headers: ReadonlyMap<string, string> | undefined): (readonly [string, string])[] {
  return [...(headers ?? [])]
    .map(([name, value]) => [name.toLowerCase(), value] as const)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
