import type * as z from 'zod';
import { problem } from '../resource/field.ts';
import { always } from './rule.ts';

/** A filter's type, and the field that goes with it. */
export type FilterFields = readonly (readonly [type: string, field: string])[];

/** A check of a filter: the field of its type is written, and no other. */
export function filterUnion(fields: FilterFields) {
  return always<{ readonly type: string }>((ctx) => {
    for (const [type, field] of fields) {
      const written = Reflect.get(ctx.value, field) !== undefined;
      if (ctx.value.type === type && !written)
        ctx.issues.push(problem(ctx.value, `filter.${field} must be specified for ${type} filter.type`));
      if (ctx.value.type !== type && written)
        ctx.issues.push(problem(ctx.value, `filter.${field} must be nil if the filter.type is not ${type}`));
    }
  });
}

/** A check of filters: those types stand at most once. */
export function notRepeated(...types: readonly string[]) {
  return (ctx: z.core.ParsePayload<readonly { readonly type: string }[]>): void => {
    for (const type of types)
      if (ctx.value.filter((filter) => filter.type === type).length > 1)
        ctx.issues.push(problem(ctx.value, `${type} filter cannot be repeated`));
  };
}
