import type * as z from 'zod';
import type { FieldPath } from '../resource/resource.ts';

/** The field names a schema knows at a path; empty where keys are the user's. */
export function fieldsAt(schema: z.core.$ZodType, path: FieldPath): readonly string[] {
  let current: z.core.$ZodType | undefined = schema;
  for (const segment of path) current = current && step(unwrap(current), segment);
  const shape = current && shapeOf(unwrap(current));
  return shape ? Object.keys(shape) : [];
}

type Shape = Readonly<Record<string, z.core.$ZodType>>;

function step(schema: z.core.$ZodType, segment: string | number): z.core.$ZodType | undefined {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === 'array') return def.element;
  if (def.type === 'record') return def.valueType;
  return shapeOf(schema)?.[segment];
}

function shapeOf(schema: z.core.$ZodType): Shape | undefined {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  return def.type === 'object' ? def.shape : undefined;
}

/** Optional, default and transformed fields have the fields of what they wrap. */
function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  const { def } = (schema as z.core.$ZodTypes)._zod;
  if (def.type === 'pipe') return unwrap(def.in);
  if (def.type === 'optional' || def.type === 'default' || def.type === 'prefault' || def.type === 'nullable')
    return unwrap(def.innerType);
  return schema;
}
