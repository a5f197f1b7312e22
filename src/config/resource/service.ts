import * as z from 'zod';
import { portNumber, problem, stringMap } from './field.ts';

const servicePort = z.looseObject({
  name: z.string().optional(),
  port: portNumber,
  /** A container port's number or name; `port` when absent. */
  targetPort: z.union([portNumber, z.string().min(1)], 'must be a port number or a port name').optional(),
  protocol: z.enum(['TCP', 'UDP', 'SCTP']).default('TCP'),
  appProtocol: z.string().optional(),
});

/** Service spec, the parts that name workloads and ports. */
export const service = z
  .looseObject({
    ports: z.array(servicePort).default([]),
    selector: stringMap.optional(),
    clusterIP: z.string().optional(),
    clusterIPs: z.array(z.string()).optional(),
    type: z.enum(['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName']).default('ClusterIP'),
    externalName: z.string().optional(),
  })
  .check((ctx) => {
    const { ports } = ctx.value;
    for (const [index, { name, port, protocol }] of ports.entries()) {
      const report = (message: string, key: string) =>
        ctx.issues.push(problem(ctx.value, message, ['ports', index, key]));
      if (ports.length > 1 && !name) report('a port of several needs a name', 'name');
      const earlier = ports.slice(0, index);
      if (name && earlier.some((other) => other.name === name))
        report(`port name ${name} is used twice`, 'name');
      if (earlier.some((other) => other.port === port && other.protocol === protocol))
        report(`port ${port} is listed twice`, 'port');
    }
  });
