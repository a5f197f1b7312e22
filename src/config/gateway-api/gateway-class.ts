import * as z from 'zod';
import { group, kindName, namespaceName, objectName } from './reference.ts';

/** GatewayClass spec. */
export const gatewayClass = z.strictObject({
  controllerName: z
    .string()
    .min(1)
    .max(253)
    .regex(
      /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/,
    ),
  description: z.string().max(64).optional(),
  parametersRef: z
    .strictObject({ group, kind: kindName, name: objectName, namespace: namespaceName.optional() })
    .optional(),
});
