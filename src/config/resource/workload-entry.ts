import * as z from 'zod';
import { labelMap, mapOf, portNumber, problem, uint32 } from './field.ts';
import { hostProblem, isAddress } from './host-name.ts';

const PORT_NAME = /^[a-zA-Z0-9](?:[-a-zA-Z0-9]{0,61}[a-zA-Z0-9])?$/;

const ports = mapOf(portNumber).check((ctx) => {
  if (ctx.value.size > 128) ctx.issues.push(problem(ctx.value, 'must have at most 128 entries'));
  for (const name of ctx.value.keys())
    if (!PORT_NAME.test(name))
      ctx.issues.push(problem(ctx.value, `Invalid value: port name must be valid, not "${name}"`));
});

/** WorkloadEntry's fields: an endpoint outside Kubernetes. `ports` is port name → number. */
export const endpoint = z.strictObject({
  address: z.string().max(256).optional(),
  ports: ports.optional(),
  labels: labelMap.optional(),
  network: z.string().max(2048).optional(),
  locality: z.string().max(2048).optional(),
  weight: uint32.default(1),
  serviceAccount: z.string().max(253).optional(),
});

/** WorkloadEntry spec. The address may be left out where a network stands in for it. */
export const workloadEntry = endpoint
  .refine((entry) => Boolean(entry.address) || Boolean(entry.network), { message: 'Address is required' })
  .check(checkEndpointAddress);

interface EndpointShape {
  readonly address?: string | undefined;
  readonly ports?: ReadonlyMap<string, number> | undefined;
}

/** A check: the address is an IP address, a full host name, or `unix://` and an absolute path or `@name`. */
export function checkEndpointAddress(ctx: z.core.ParsePayload<EndpointShape>): void {
  const { address = '', ports: numbers } = ctx.value;
  if (address === '') return;
  if (!address.startsWith('unix:')) {
    const message = isAddress(address) ? undefined : endpointHostProblem(address);
    if (message) ctx.issues.push(problem(ctx.value, message, ['address']));
    return;
  }
  const wrong = socketProblem(address);
  if (wrong) ctx.issues.push(problem(ctx.value, wrong, ['address']));
  if ((numbers?.size ?? 0) > 0) ctx.issues.push(problem(ctx.value, 'UDS may not include ports', ['ports']));
}

/** Why `unix://PATH` does not name a socket, if it does not. */
export function socketProblem(address: string): string | undefined {
  const path = address.replace(/^unix:(?:\/\/)?/, '');
  if (!path.startsWith('/') && !path.startsWith('@'))
    return 'UDS must be an absolute path or abstract socket';
  return path.endsWith('/') ? 'UDS may not be a dir' : undefined;
}

function endpointHostProblem(host: string): string | undefined {
  return host.includes('*') ? `"${host}" must not have a wildcard` : hostProblem(host);
}
