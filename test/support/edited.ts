/** A deep copy of JSON data with the member at `path` replaced; `undefined` removes it. */
export function edited(value: unknown, path: readonly (string | number)[], to: unknown): unknown {
  const copy: unknown = JSON.parse(JSON.stringify(value));
  const [last] = path.slice(-1);
  let at: unknown = copy;
  for (const step of path.slice(0, -1)) at = Reflect.get(Object(at), step);
  if (last === undefined) return to;
  if (to === undefined) Reflect.deleteProperty(Object(at), last);
  else Reflect.set(Object(at), last, to);
  return copy;
}

/** Every path to a member or item in JSON data. */
export function paths(
  value: unknown,
  path: readonly (string | number)[] = [],
): (readonly (string | number)[])[] {
  if (typeof value !== 'object' || value === null) return [];
  const names = Array.isArray(value) ? value.map((_, index) => index) : Object.keys(value);
  return names.flatMap((name) => [[...path, name], ...paths(Reflect.get(value, name), [...path, name])]);
}
