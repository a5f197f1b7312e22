import * as z from 'zod';

/** Namespace: only its name and labels matter. */
export const namespace = z.object({});
