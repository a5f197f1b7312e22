import * as z from 'zod';
import { exportTo, labelSelector, portNumber } from './field.ts';
import { protocol } from './protocol.ts';
import { checkServiceEntry } from './service-entry-rules.ts';
import { endpoint } from './workload-entry.ts';

const port = z.strictObject({
  number: portNumber,
  name: z
    .string()
    .min(1)
    .max(256)
    .regex(/^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/i, 'port name must be a DNS label'),
  protocol: protocol.optional(),
  targetPort: portNumber.optional(),
});

/** ServiceEntry spec. */
export const serviceEntry = z
  .strictObject({
    hosts: z.array(z.string()).min(1, 'at least one host is required').max(256),
    addresses: z.array(z.string().max(64)).max(256).default([]),
    ports: z.array(port).max(256).default([]),
    location: z.enum(['MESH_EXTERNAL', 'MESH_INTERNAL']).default('MESH_EXTERNAL'),
    resolution: z.enum(['NONE', 'STATIC', 'DNS', 'DNS_ROUND_ROBIN', 'DYNAMIC_DNS']).default('NONE'),
    endpoints: z.array(endpoint).max(4096).default([]),
    workloadSelector: labelSelector.optional(),
    subjectAltNames: z.array(z.string()).default([]),
    exportTo,
  })
  .check(checkServiceEntry);
