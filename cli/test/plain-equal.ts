/** Whether two YAML values are the same to protobuf: a field that is missing, zero or empty is one thing. */
export function plainEqual(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

function canonical(value: unknown): string {
  return JSON.stringify(stripped(value)) ?? '';
}

function stripped(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map((one) => stripped(one) ?? {});
  if (typeof value !== 'object' || value === null) return isEmpty(value) ? undefined : value;
  const fields = Object.entries(value)
    .map(([key, inner]): [string, unknown] => [key, stripped(inner)])
    .filter(([, inner]) => inner !== undefined)
    .sort(([x], [y]) => (x < y ? -1 : 1));
  return fields.length === 0 ? undefined : Object.fromEntries(fields);
}

function isEmpty(value: unknown): boolean {
  return value === null || value === undefined || value === '' || value === 0 || value === false;
}
