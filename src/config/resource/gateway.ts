import * as z from 'zod';
import { portNumber, problem, stringMap } from './field.ts';
import { hostProblem, isAddress } from './host-name.ts';
import { serverTls } from './server-tls.ts';
import { socketProblem } from './workload-entry.ts';

const PROTOCOLS = ['HTTP', 'HTTPS', 'GRPC', 'GRPC-WEB', 'HTTP2', 'MONGO', 'TCP', 'TLS'] as const;

const server = z
  .strictObject({
    name: z.string().optional(),
    bind: z.string().optional(),
    port: z.strictObject({
      /** 0 only for a Unix socket. */
      number: z.int().min(0).max(65535, 'port must be between 1-65535').default(0),
      /** In capitals, whatever was written. */
      protocol: z
        .string()
        .transform((protocol) => protocol.toUpperCase())
        .pipe(z.enum(PROTOCOLS)),
      name: z.string().min(1, 'port name is required'),
      targetPort: portNumber.optional(),
    }),
    hosts: z.array(z.string().superRefine(checkServerHost)).min(1, 'hosts must not be empty'),
    tls: serverTls.optional(),
    defaultEndpoint: z.string().optional(),
  })
  .check((ctx) => {
    const server = ctx.value;
    const { port, tls } = server;
    const report = (message: string, ...path: string[]) => ctx.issues.push(problem(ctx.value, message, path));
    if (port.number === 0 && !server.bind?.startsWith('unix:'))
      report('port must be between 1-65535', 'port', 'number');
    const wrongBind = bindProblem(server.bind ?? '');
    if (wrongBind) report(wrongBind, 'bind');
    const secure = port.protocol === 'HTTPS' || port.protocol === 'TLS';
    if (secure && tls === undefined)
      report(`a server of protocol ${port.protocol} must have tls`, 'port', 'protocol');
    if (server.bind?.startsWith('unix:') && port.number !== 0)
      report('port number must be 0 for unix domain socket', 'port', 'number');
    if (!secure && port.protocol !== 'TCP' && tls?.mode !== undefined && tls.mode !== 'PASSTHROUGH')
      report(`a server of protocol ${port.protocol} cannot have a tls mode`, 'tls', 'mode');
  });

/** Gateway spec (networking.istio.io). An empty selector matches every gateway. */
export const gateway = z
  .strictObject({
    selector: stringMap.optional(),
    servers: z.array(server).min(1, 'servers must not be empty'),
  })
  .check((ctx) => {
    const names = ctx.value.servers.map(({ port }) => port.name);
    const index = names.findIndex((name, at) => names.indexOf(name) !== at);
    if (index >= 0)
      ctx.issues.push(
        problem(ctx.value, `port name ${names[index]} is used twice`, ['servers', index, 'port', 'name']),
      );
  });

function bindProblem(bind: string): string | undefined {
  if (bind.startsWith('unix:')) return socketProblem(bind);
  return bind === '' || isAddress(bind) ? undefined : `${bind} is not a valid IP`;
}

function checkServerHost(host: string, ctx: z.RefinementCtx): void {
  const slash = host.indexOf('/');
  const namespace = slash < 0 ? '*' : host.slice(0, slash);
  const named = namespace === '*' || namespace === '.' || /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/.test(namespace);
  const message = named
    ? hostProblem(host.slice(slash + 1))
    : `"${namespace}" is not a namespace, "." or "*"`;
  if (message !== undefined) ctx.addIssue({ code: 'custom', message });
}
