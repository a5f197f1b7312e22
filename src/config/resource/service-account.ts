import * as z from 'zod';

/** ServiceAccount: only its name matters. */
export const serviceAccount = z.object({});
