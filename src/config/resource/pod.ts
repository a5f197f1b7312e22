import * as z from 'zod';
import { portNumber } from './field.ts';

const containerPort = z.looseObject({
  containerPort: portNumber,
  name: z.string().optional(),
  protocol: z.enum(['TCP', 'UDP', 'SCTP']).default('TCP'),
});

const container = z.looseObject({
  name: z.string().min(1, 'container name is required'),
  ports: z.array(containerPort).default([]),
});

/** Pod spec, the parts that name an identity and ports. */
export const pod = z.looseObject({
  serviceAccountName: z.string().default('default'),
  containers: z.array(container).min(1, 'at least one container is required'),
});
