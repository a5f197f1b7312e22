import * as z from 'zod';
import { problem } from '../resource/field.ts';
import { headerNames } from './header-filter.ts';
import { backendObjectReference } from './reference.ts';
import { always } from './rule.ts';

const PROTOCOLS = [
  ['GRPC', 'grpc'],
  ['HTTP', 'http'],
] as const;

/** HTTPExternalAuthFilter (experimental channel). */
export const externalAuth = z
  .strictObject({
    protocol: z.enum(['HTTP', 'GRPC']),
    backendRef: backendObjectReference,
    grpc: z.strictObject({ allowedHeaders: headerNames(64) }).optional(),
    http: z
      .strictObject({
        path: z
          .string()
          .max(1024)
          .regex(/^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})*$/)
          .optional(),
        allowedHeaders: headerNames(64),
        allowedResponseHeaders: headerNames(64),
      })
      .optional(),
    forwardBody: z.strictObject({ maxSize: z.int().min(0).optional() }).optional(),
  })
  .check(
    always((ctx) => {
      for (const [protocol, field] of PROTOCOLS) {
        const written = ctx.value[field] !== undefined;
        if (ctx.value.protocol === protocol && !written)
          ctx.issues.push(
            problem(ctx.value, `${field} must be specified when protocol is set to '${protocol}'`),
          );
        if (ctx.value.protocol !== protocol && written)
          ctx.issues.push(problem(ctx.value, `protocol must be '${protocol}' when ${field} is set`));
      }
    }),
  );
