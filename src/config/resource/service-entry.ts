import * as z from 'zod';
import { exportTo, mapOf, portNumber, stringMap, uint32 } from './field.ts';
import { checkServiceEntry } from './service-entry-rules.ts';

const endpoint = z.strictObject({
  address: z.string().max(256).optional(),
  ports: mapOf(portNumber).optional(),
  labels: stringMap.optional(),
  network: z.string().max(2048).optional(),
  locality: z.string().max(2048).optional(),
  weight: uint32.default(1),
  serviceAccount: z.string().max(253).optional(),
});

const port = z.strictObject({
  number: portNumber,
  name: z.string().min(1, 'port name is required').max(256),
  protocol: z.string().max(256).optional(),
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
    workloadSelector: z
      .strictObject({
        labels: mapOf(
          z
            .string()
            .max(63)
            .refine((value) => !value.includes('*'), 'wildcard is not supported in selector'),
        )
          .refine((labels) => !labels.has(''), 'key must not be empty')
          .optional(),
      })
      .optional(),
    subjectAltNames: z.array(z.string()).default([]),
    exportTo,
  })
  .check(checkServiceEntry);
