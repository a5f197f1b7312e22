import * as z from 'zod';
import { portNumber } from './field.ts';

const text = z.string().max(253).optional();

const endpoint = z.strictObject({
  addresses: z.array(z.string().min(1).max(253)).min(1).max(100),
  conditions: z
    .strictObject({
      ready: z.boolean().nullish(),
      serving: z.boolean().nullish(),
      terminating: z.boolean().nullish(),
    })
    .optional(),
  hostname: text,
  nodeName: text,
  zone: text,
  targetRef: z.record(z.string(), z.unknown()).optional(),
  hints: z.record(z.string(), z.unknown()).optional(),
  deprecatedTopology: z.record(z.string(), z.unknown()).optional(),
});

const port = z.strictObject({
  name: z.string().max(63).default(''),
  port: portNumber.optional(),
  protocol: z.enum(['TCP', 'UDP', 'SCTP']).default('TCP'),
  appProtocol: text,
});

/** EndpointSlice: endpoints of the Service that its label `kubernetes.io/service-name` names. */
export const endpointSlice = z.strictObject({
  addressType: z.enum(['IPv4', 'IPv6', 'FQDN']),
  endpoints: z
    .array(endpoint)
    .max(1000)
    .nullish()
    .transform((list) => list ?? []),
  ports: z
    .array(port)
    .max(100)
    .nullish()
    .transform((list) => list ?? []),
});
