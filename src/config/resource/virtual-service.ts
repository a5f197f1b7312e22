import * as z from 'zod';
import { CidrError, compileCidr } from '../../match/cidr.ts';
import { exportTo, mapOf, portNumber, problem } from './field.ts';
import { checkVirtualHost, hostProblem } from './host-name.ts';
import { destination } from './http-action.ts';
import { httpRoute } from './http-route.ts';

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
  sourceLabels: mapOf(z.string()).optional(),
  sourceNamespace: z.string().optional(),
  gateways: z.array(z.string()).default([]),
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
    gateways: z.array(z.string()).min(1).default(['mesh']),
    http: z.array(httpRoute).default([]),
    tls: z.array(tlsRoute).default([]),
    tcp: z.array(tcpRoute).default([]),
    exportTo,
  })
  .check((ctx) => {
    const { hosts, gateways, http, tls, tcp } = ctx.value;
    if (http.length + tls.length + tcp.length === 0)
      ctx.issues.push(problem(ctx.value, 'http, tcp or tls must be set'));
    if (hosts.includes('*') && gateways.includes('mesh'))
      ctx.issues.push(problem(ctx.value, 'host * needs gateways that do not include mesh', ['hosts']));
    if (hosts.length === 0 && http.some((rule) => rule.delegate !== undefined))
      ctx.issues.push(problem(ctx.value, 'a delegate cannot delegate further', ['http']));
    if (new Set(hosts.map((host) => host.toLowerCase())).size !== hosts.length)
      ctx.issues.push(problem(ctx.value, 'a host is listed twice', ['hosts']));
  });
