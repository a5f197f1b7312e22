import * as z from 'zod';
import { connectionPool } from './connection-pool.ts';
import { labelSelector } from './field.ts';
import { destination } from './http-action.ts';
import { protocol } from './protocol.ts';
import { serverTls } from './server-tls.ts';
import { checkSidecar } from './sidecar-rules.ts';

const port = z.strictObject({
  /** 0 only where `bind` is a Unix socket. */
  number: z.int().min(0).max(65535, 'port must be between 1-65535').default(0),
  protocol: protocol.default(''),
  name: z.string().optional(),
  targetPort: z.int().min(0).max(65535).optional(),
});

const captureMode = z.enum(['DEFAULT', 'IPTABLES', 'NONE']).default('DEFAULT');

const ingress = z.strictObject({
  port,
  bind: z.string().optional(),
  captureMode,
  defaultEndpoint: z.string().optional(),
  tls: serverTls.optional(),
  connectionPool: connectionPool.optional(),
});

const egress = z.strictObject({
  port: port.optional(),
  bind: z.string().optional(),
  captureMode,
  hosts: z.array(z.string()).min(1, 'an egress listener must contain at least one host'),
});

/** Sidecar spec. `egress` hosts are `namespace/host`. */
export const sidecar = z
  .strictObject({
    workloadSelector: labelSelector.optional(),
    ingress: z.array(ingress).default([]),
    egress: z.array(egress).default([]),
    inboundConnectionPool: connectionPool.optional(),
    outboundTrafficPolicy: z
      .strictObject({
        mode: z.enum(['REGISTRY_ONLY', 'ALLOW_ANY']).optional(),
        egressProxy: destination.optional(),
      })
      .optional(),
  })
  .check(checkSidecar);
