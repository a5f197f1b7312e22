import * as z from 'zod';
import { CidrError, compileCidr } from '../../match/cidr.ts';
import { exportToSome, labelMap, portNumber, problem } from './field.ts';
import { gatewayNames } from './gateway-reference.ts';
import { checkVirtualHost, hostProblem } from './host-name.ts';
import { destination } from './http-action.ts';
import { httpRoute } from './http-route.ts';
import { checkVirtualService } from './virtual-service-rules.ts';

/** An IP address or CIDR block. */
const subnet = z.string().superRefine((block, ctx) => {
  try {
    compileCidr(block);
  } catch (error) {
    if (!(error instanceof CidrError)) throw error;
    ctx.addIssue({ code: 'custom', message: error.message });
  }
});

const sniHost = z.string().superRefine((host, ctx) => {
  const message = hostProblem(host);
  if (message !== undefined) ctx.addIssue({ code: 'custom', message });
});

const l4Destination = z.strictObject({
  destination,
  weight: z.int().min(0, 'weight must not be negative').max(2147483647).default(0),
});

/** At least one destination, and one that gets something. */
const l4Route = z
  .array(l4Destination)
  .min(1, 'route must not be empty')
  .check((ctx) => {
    const total = ctx.value.reduce((sum, { weight }) => sum + weight, 0);
    if (ctx.value.length > 1 && total === 0)
      ctx.issues.push(problem(ctx.value, 'the weights must not all be 0'));
  });

const l4Match = {
  destinationSubnets: z.array(subnet).default([]),
  port: portNumber.optional(),
  sourceLabels: labelMap.optional(),
  sourceNamespace: z.string().optional(),
  gateways: gatewayNames.default([]),
};

const tlsRoute = z.strictObject({
  match: z
    .array(z.strictObject({ ...l4Match, sniHosts: z.array(sniHost).min(1, 'sniHosts must not be empty') }))
    .min(1, 'match must not be empty'),
  route: l4Route,
});

const tcpRoute = z.strictObject({
  match: z.array(z.strictObject({ ...l4Match, sourceSubnet: subnet.optional() })).default([]),
  route: l4Route,
});

/** VirtualService spec. `gateways` defaults to the mesh; hosts are as written. */
export const virtualService = z
  .strictObject({
    hosts: z.array(z.string().superRefine(checkVirtualHost)).default([]),
    gateways: gatewayNames.min(1, 'must name a gateway, or be left out').default(['mesh']),
    http: z.array(httpRoute).default([]),
    tls: z.array(tlsRoute).default([]),
    tcp: z.array(tcpRoute).default([]),
    exportTo: exportToSome,
  })
  .check(checkVirtualService);
