import * as z from 'zod';
import { problem } from '../resource/field.ts';
import { backendObjectReference } from './reference.ts';

/** HTTPRequestMirrorFilter; without percent and fraction everything is mirrored. */
export const mirrorFilter = z
  .strictObject({
    backendRef: backendObjectReference,
    percent: z.int().min(0).max(100).optional(),
    fraction: z
      .strictObject({ numerator: z.int().min(0), denominator: z.int().min(1).default(100) })
      .refine(
        ({ numerator, denominator }) => numerator <= denominator,
        'numerator must be less than or equal to denominator',
      )
      .optional(),
  })
  .check((ctx) => {
    if (ctx.value.percent !== undefined && ctx.value.fraction !== undefined)
      ctx.issues.push(
        problem(ctx.value, 'Only one of percent or fraction may be specified in HTTPRequestMirrorFilter'),
      );
  });
