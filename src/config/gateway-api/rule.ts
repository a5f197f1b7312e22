import * as z from 'zod';
import { problem } from '../resource/field.ts';

/** A check that also runs where a field below is wrong, as the CRDs' rules (CEL) do. */
export function always<T>(check: (ctx: z.core.ParsePayload<T>) => void): z.core.$ZodCheck<T> {
  const made = z.check<T>((ctx) => {
    if (typeof ctx.value === 'object' && ctx.value !== null) check(ctx);
  });
  made._zod.def.when = () => true;
  return made;
}

/** A check: the items of a list differ in their keys (listType map or set). */
export function distinct<T>(keyOf: (item: T) => string, message = 'Duplicate value') {
  return (ctx: z.core.ParsePayload<readonly T[]>): void => {
    const seen = new Set<string>();
    for (const [index, item] of ctx.value.entries()) {
      const key = keyOf(item);
      if (seen.has(key)) ctx.issues.push(problem(ctx.value, message, [index]));
      seen.add(key);
    }
  };
}

/** A check: of the rules that have a name, no two have the same one. */
export function distinctRuleNames(
  ctx: z.core.ParsePayload<readonly { readonly name?: string | undefined }[]>,
): void {
  const names = ctx.value.flatMap(({ name }) => (name === undefined ? [] : [name]));
  if (new Set(names).size < names.length)
    ctx.issues.push(problem(ctx.value, 'Rule name must be unique within the route'));
}
