import * as z from 'zod';
import { int32, labelMap, portNumber, stringMap } from './field.ts';
import { checkEndpointAddress, endpoint } from './workload-entry.ts';

const seconds = int32.min(0, 'must not be negative');
const HANDLERS = ['httpGet', 'tcpSocket', 'exec', 'grpc'] as const;

const probe = z
  .strictObject({
    initialDelaySeconds: seconds.optional(),
    timeoutSeconds: seconds.optional(),
    periodSeconds: seconds.optional(),
    successThreshold: seconds.optional(),
    failureThreshold: seconds.optional(),
    httpGet: z
      .strictObject({
        path: z.string().startsWith('/', 'must start with /').optional(),
        port: portNumber,
        host: z.string().optional(),
        scheme: z
          .string()
          .refine((scheme) => /^(?:HTTP|HTTPS)?$/.test(scheme), 'scheme must be one of [HTTP, HTTPS]')
          .optional(),
        httpHeaders: z
          .array(
            z.strictObject({
              name: z
                .string()
                .regex(/^[-_A-Za-z0-9]+$/)
                .optional(),
              value: z.string().optional(),
            }),
          )
          .default([]),
      })
      .optional(),
    tcpSocket: z.strictObject({ host: z.string().optional(), port: portNumber }).optional(),
    exec: z
      .strictObject({ command: z.array(z.string().min(1)).min(1, 'at least one command is required') })
      .optional(),
    grpc: z.strictObject({ port: portNumber.optional(), service: z.string().optional() }).optional(),
  })
  .refine((value) => HANDLERS.filter((handler) => value[handler] !== undefined).length <= 1, {
    message: 'only one of httpGet, tcpSocket, exec or grpc can be set',
  });

/** WorkloadGroup spec: the template of the WorkloadEntries that join by themselves. */
export const workloadGroup = z.strictObject({
  metadata: z.strictObject({ labels: labelMap.optional(), annotations: stringMap.optional() }).optional(),
  template: endpoint.check(checkEndpointAddress),
  probe: probe.optional(),
});
