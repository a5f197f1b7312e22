import * as z from 'zod';
import { parseDuration } from '../resource/parse-duration.ts';

/** A duration as the Gateway API writes it (GEP-2257), in ms; 0 means none. */
export const gatewayDuration = z
  .string()
  .regex(/^([0-9]{1,5}(h|m|s|ms)){1,4}$/)
  .transform((text) => parseDuration(text) ?? 0);
