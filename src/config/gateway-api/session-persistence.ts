import * as z from 'zod';
import { gatewayDuration } from './gateway-duration.ts';

/** SessionPersistence (experimental channel). */
export const sessionPersistence = z
  .strictObject({
    sessionName: z.string().max(128).optional(),
    absoluteTimeout: gatewayDuration.optional(),
    idleTimeout: gatewayDuration.optional(),
    type: z.enum(['Cookie', 'Header']).default('Cookie'),
    cookie: z
      .strictObject({
        lifetimeType: z.enum(['Permanent', 'Session']).default('Session'),
        name: z.string().max(128).optional(),
        path: z.string().max(1024).optional(),
      })
      .optional(),
    header: z.strictObject({ name: z.string().max(256).optional() }).optional(),
  })
  .refine(
    ({ cookie, absoluteTimeout }) => cookie?.lifetimeType !== 'Permanent' || absoluteTimeout !== undefined,
    'AbsoluteTimeout must be specified when cookie lifetimeType is Permanent',
  )
  .refine(
    ({ type, cookie }) => type === 'Cookie' || cookie === undefined,
    'cookie can only be set with type Cookie',
  )
  .refine(
    ({ type, header }) => type === 'Header' || header === undefined,
    'header can only be set with type Header',
  );
