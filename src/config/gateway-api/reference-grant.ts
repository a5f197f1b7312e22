import * as z from 'zod';
import { group, kindName, namespaceName, objectName } from './reference.ts';

/** ReferenceGrant spec: who may refer to what of its namespace. */
export const referenceGrant = z.strictObject({
  from: z
    .array(z.strictObject({ group, kind: kindName, namespace: namespaceName }))
    .min(1)
    .max(16),
  to: z
    .array(z.strictObject({ group, kind: kindName, name: objectName.optional() }))
    .min(1)
    .max(16),
});
