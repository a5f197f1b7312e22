import * as z from 'zod';
import { int32, mapOf, workloadSelector } from './field.ts';

/** ProxyConfig spec. `concurrency` 0 is one thread a core. */
export const proxyConfig = z.strictObject({
  selector: workloadSelector.optional(),
  concurrency: int32.min(0, 'must not be negative').optional(),
  environmentVariables: mapOf(z.string().max(2048)).optional(),
  image: z.strictObject({ imageType: z.string().optional() }).optional(),
});
