import type * as z from 'zod';

/**
 * What a value says when the rules are left aside, as protobuf would decode it: missing and wrong fields
 * have their defaults or are empty. For analysis only, which looks at refused resources too.
 */
export function decode<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  return decoded(schema, value) as z.output<T>;
}

type Schema = z.core.$ZodType;

function decoded(schema: Schema, value: unknown): unknown {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  switch (def.type) {
    case 'optional':
    case 'nullable':
      return value == null ? undefined : decoded(def.innerType, value);
    case 'default':
    case 'prefault':
      return decoded(def.innerType, value ?? def.defaultValue);
    case 'object':
      return fieldsOf(def, value);
    case 'array':
      return Array.isArray(value) ? value.map((item) => decoded(def.element, item)) : [];
    case 'record':
      return new Map(entriesOf(value).map(([key, inner]) => [key, decoded(def.valueType, inner)]));
    case 'pipe':
      return parsed(schema, value) ?? (isEnum(def.out) ? decoded(def.out, value) : undefined);
    case 'union':
      return parsed(schema, value);
    default:
      return scalar(def.type, value);
  }
}

function fieldsOf({ shape, catchall }: z.core.$ZodObjectDef, value: unknown): object {
  const written = new Map(entriesOf(value));
  const known = Object.entries(shape).map(([key, field]) => [key, decoded(field, written.get(key))]);
  const further =
    catchall?._zod.def.type === 'unknown' ? [...written].filter(([key]) => !(key in shape)) : [];
  return Object.fromEntries([...further, ...known.filter(([, inner]) => inner !== undefined)]);
}

/** Of a string, number or boolean; an unknown choice of an enum is kept. */
function scalar(type: string, value: unknown): unknown {
  if (type === 'string' || type === 'enum') return typeof value === 'string' ? value : '';
  if (type === 'number') return typeof value === 'number' ? value : 0;
  return type === 'boolean' ? value === true : value;
}

function parsed(schema: Schema, value: unknown): unknown {
  const result = (schema as z.ZodType).safeParse(value);
  return result.success ? result.data : undefined;
}

function isEnum(schema: Schema): boolean {
  return schema._zod.def.type === 'enum';
}

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}
