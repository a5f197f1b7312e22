import { limit } from './limit.ts';
import { SnapshotError } from './snapshot-error.ts';

/** A structural check of decoded JSON: undefined when it holds, else the first problem, with its path. */
export interface Shape<T> {
  (value: unknown): string | undefined;
  /** Never present: makes the compiler compare the shape with the type it stands for, both ways. */
  readonly of?: (value: T) => T;
}

/** A member that may be absent. */
export interface Optional<T> {
  readonly optional: Shape<T>;
}

/** One shape for every member of T, so that a new member of the type does not compile without its check. */
export type Fields<T> = {
  readonly [K in keyof T]-?: Partial<Pick<T, K>> extends Pick<T, K>
    ? Optional<Exclude<T[K], undefined>>
    : Shape<T[K]>;
};

/** Returns the value as T, or throws E_FORMAT. */
export function check<T>(shape: Shape<T>, value: unknown, what: string): T {
  const problem = shape(value);
  if (problem !== undefined) throw new SnapshotError('E_FORMAT', `${what}${problem}`);
  return value as T;
}

export function text(max: number = limit.text): Shape<string> {
  return (value) => {
    if (typeof value !== 'string') return ': not a string';
    return value.length > max ? `: longer than ${max}` : undefined;
  };
}

export function integer(min: number, max: number = Number.MAX_SAFE_INTEGER): Shape<number> {
  const problem = `: not an integer from ${min} to ${max}`;
  return (value) =>
    Number.isInteger(value) && Number(value) >= min && Number(value) <= max ? undefined : problem;
}

/** Percent above 0, to 100. */
export const percentage: Shape<number> = (value) =>
  typeof value === 'number' && value > 0 && value <= 100 ? undefined : ': not a percentage';

/** Milliseconds, not negative. */
export const duration: Shape<number> = (value) =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? undefined : ': not a duration';

export const flag: Shape<boolean> = (value) => (typeof value === 'boolean' ? undefined : ': not a boolean');

export function oneOf<const T extends string | number>(...allowed: readonly T[]): Shape<T> {
  const set = new Set<unknown>(allowed);
  return (value) => (set.has(value) ? undefined : `: not one of ${allowed.join(', ')}`);
}

export function list<T>(item: Shape<T>, max: number = limit.list, min = 0): Shape<readonly T[]> {
  return (value) => {
    if (!Array.isArray(value)) return ': not a list';
    if (value.length < min || value.length > max) return `: ${value.length} items, allowed ${min} to ${max}`;
    for (let index = 0; index < value.length; index++) {
      const problem = item(value[index]);
      if (problem !== undefined) return `[${index}]${problem}`;
    }
    return undefined;
  };
}

export function pair<A, B>(first: Shape<A>, second: Shape<B>): Shape<readonly [A, B]> {
  return (value) => {
    if (!Array.isArray(value) || value.length !== 2) return ': not a pair';
    const problem = first(value[0]);
    if (problem !== undefined) return `[0]${problem}`;
    const other = second(value[1]);
    return other === undefined ? undefined : `[1]${other}`;
  };
}

export function either<A, B>(first: Shape<A>, second: Shape<B>): Shape<A | B> {
  return (value) => (first(value) === undefined ? undefined : second(value));
}

export function optional<T>(shape: Shape<T>): Optional<T> {
  return { optional: shape };
}

/** Unknown members are refused: a condition that this reader would skip must not pass as no condition. */
export function record<T extends object>(fields: Fields<T>): Shape<T> {
  const shapes = new Map<string, Shape<never> | Optional<never>>(Object.entries(fields));
  const required = [...shapes].filter(([, shape]) => typeof shape === 'function').map(([name]) => name);
  return (value) => {
    if (!isObject(value)) return ': not an object';
    for (const name of required) if (!Object.hasOwn(value, name)) return `.${name}: missing`;
    // Pairs of names and values would fill megabytes for a large snapshot.
    for (const name of Object.keys(value)) {
      const shape = shapes.get(name);
      if (shape === undefined) return `: unknown member ${JSON.stringify(name.slice(0, 64))}`;
      const member = value[name as keyof typeof value];
      const problem = (typeof shape === 'function' ? shape : shape.optional)(member);
      if (problem !== undefined) return `.${name}${problem}`;
    }
    return undefined;
  };
}

/** A union told apart by the member `tag`, one shape for each of its values. */
export function variant<T extends object, G extends keyof T & string>(
  tag: G,
  cases: { readonly [V in T[G] & string]: Shape<Extract<T, { readonly [P in G]: V }>> },
): Shape<T> {
  const shapes = new Map<unknown, Shape<never>>(Object.entries(cases));
  return (value) => {
    if (!isObject(value)) return ': not an object';
    const shape = shapes.get(Object.hasOwn(value, tag) ? value[tag as keyof typeof value] : undefined);
    return shape === undefined ? `.${tag}: not one of ${[...shapes.keys()].join(', ')}` : shape(value);
  };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
