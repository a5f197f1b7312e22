import * as z from 'zod';
import { listeners } from './listener.ts';
import { GATEWAY_GROUP, group, kindName, namespaceName, objectName } from './reference.ts';

/** ListenerSet spec: further listeners of a Gateway that allows them. */
export const listenerSet = z.strictObject({
  parentRef: z.strictObject({
    group: group.default(GATEWAY_GROUP),
    kind: kindName.default('Gateway'),
    name: objectName,
    namespace: namespaceName.optional(),
  }),
  listeners,
});
