/** Reads one untrusted JSON value; throws ShapeError with the path of what is wrong. */
export type Shape<T> = (value: unknown, path: string) => T;

/** What a shape reads. */
export type Read<S> = S extends Shape<infer T> ? T : never;

/** A value that has not its shape. The message names fields and never quotes values: they may be secret. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError';
}

/** A string of at most `max` characters, that the pattern matches; `must` tells people what it wants. */
export function text(
  max: number,
  pattern = /^/,
  must = `be a string of at most ${max} characters`,
): Shape<string> {
  return (value, path) => {
    if (typeof value === 'string' && value.length <= max && pattern.test(value)) return value;
    throw new ShapeError(`${path} must ${must}`);
  };
}

/** Exactly that value. */
export function literal<const T extends string | number>(wanted: T): Shape<T> {
  return (value, path) => {
    if (value === wanted) return wanted;
    throw new ShapeError(`${path} must be ${wanted}`);
  };
}

/** A whole number, not negative. */
export const whole: Shape<number> = (value, path) => {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new ShapeError(`${path} must be a whole number`);
};

/** True or false. */
export const flag: Shape<boolean> = (value, path) => {
  if (typeof value === 'boolean') return value;
  throw new ShapeError(`${path} must be true or false`);
};

/** One to `max` items. */
export function list<T>(item: Shape<T>, max: number): Shape<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value) || value.length === 0 || value.length > max) {
      throw new ShapeError(`${path} must be a list of 1 to ${max}`);
    }
    return value.map((one, i) => item(one, `${path}[${i}]`));
  };
}

/** May be absent. */
export function optional<T>(shape: Shape<T>): Shape<T | undefined> {
  return (value, path) => (value === undefined ? undefined : shape(value, path));
}

/** An object with these fields and no others. */
export function record<F extends Readonly<Record<string, Shape<unknown>>>>(
  fields: F,
): Shape<{ readonly [K in keyof F]: Read<F[K]> }> {
  const names = Object.keys(fields);
  return (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new ShapeError(`${path} must be an object`);
    }
    const members = new Map<string, unknown>(Object.entries(value));
    const unknown = [...members.keys()].find((name) => !names.includes(name));
    if (unknown !== undefined)
      throw new ShapeError(`${path} has an unknown field ${JSON.stringify(unknown.slice(0, 40))}`);
    const read = names.map((name) => [name, fields[name]?.(members.get(name), `${path}.${name}`)]);
    return Object.fromEntries(read);
  };
}
