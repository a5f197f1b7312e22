import type { HeaderChange, HeaderOperations } from '../../../snapshot/route.ts';

interface HeaderFilter {
  readonly set: readonly Field[];
  readonly add: readonly Field[];
  readonly remove: readonly string[];
}

interface Field {
  readonly name: string;
  readonly value: string;
}

interface Filter {
  readonly requestHeaderModifier?: HeaderFilter | undefined;
  readonly responseHeaderModifier?: HeaderFilter | undefined;
}

/** The header modifiers among filters; undefined when nothing is changed. */
export function filterHeaders(filters: readonly Filter[]): HeaderOperations | undefined {
  const request = headerChange(filters.find((filter) => filter.requestHeaderModifier)?.requestHeaderModifier);
  const response = headerChange(
    filters.find((filter) => filter.responseHeaderModifier)?.responseHeaderModifier,
  );
  return request || response ? { ...(request && { request }), ...(response && { response }) } : undefined;
}

function headerChange(filter: HeaderFilter | undefined): HeaderChange | undefined {
  if (!filter) return undefined;
  const remove = filter.remove.map((name) => name.toLowerCase()).sort();
  return { remove, set: pairs(filter.set), add: pairs(filter.add) };
}

/** Values are literal here; in a snapshot a percent sign starts an operator unless it is doubled. */
function pairs(fields: readonly Field[]): (readonly [string, string])[] {
  return fields
    .map(({ name, value }) => [name.toLowerCase(), value.replaceAll('%', '%%')] as const)
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
