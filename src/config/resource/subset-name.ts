import * as z from 'zod';

/** A subset's name: a DNS label. */
export const subsetName = z
  .string()
  .min(1)
  .max(63)
  .regex(/^[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?$/, 'subset name must be a DNS label');
