import type * as z from 'zod';
import { compileCidr } from '../../match/cidr.ts';
import { problem } from './field.ts';
import { hostProblem, isAddress } from './host-name.ts';
import { socketProblem } from './workload-entry.ts';

interface ServiceEntryShape {
  readonly hosts: readonly string[];
  readonly addresses: readonly string[];
  readonly ports: readonly {
    readonly number: number;
    readonly name: string;
    readonly protocol?: string | undefined;
  }[];
  readonly resolution: string;
  readonly endpoints: readonly EndpointShape[];
  readonly workloadSelector?: unknown;
}

interface EndpointShape {
  readonly address?: string | undefined;
  readonly ports?: ReadonlyMap<string, number> | undefined;
}

const DYNAMIC_PROTOCOLS = new Set(['', 'HTTP', 'HTTPS', 'HTTP2', 'GRPC', 'GRPC-WEB', 'TLS']);

type Report = (message: string, ...path: (string | number)[]) => void;

/** Istio's rules across the fields of a ServiceEntry. */
export function checkServiceEntry(ctx: z.core.ParsePayload<ServiceEntryShape>): void {
  const report: Report = (message, ...path) => ctx.issues.push(problem(ctx.value, message, path));
  checkHosts(ctx.value, report);
  checkPorts(ctx.value, report);
  checkAddresses(ctx.value, report);
  checkResolution(ctx.value, report);
  for (const [index, endpoint] of ctx.value.endpoints.entries())
    checkEndpoint(endpoint, ctx.value, (message, ...path) => report(message, 'endpoints', index, ...path));
}

function checkHosts(entry: ServiceEntryShape, report: Report): void {
  for (const [index, host] of entry.hosts.entries()) {
    // `*name.com` is a wildcard here and nowhere else.
    const message = host === '*' ? 'hostname cannot be wildcard' : hostProblem(host.replace(/^\*(?!\.)/, ''));
    if (message !== undefined) report(message, 'hosts', index);
  }
}

function checkPorts(entry: ServiceEntryShape, report: Report): void {
  const seen = new Set<number | string>();
  for (const [index, { number, name }] of entry.ports.entries()) {
    if (seen.has(number)) report('port number cannot be duplicated', 'ports', index, 'number');
    if (seen.has(name)) report('port name cannot be duplicated', 'ports', index, 'name');
    seen.add(number).add(name);
  }
}

function checkAddresses(entry: ServiceEntryShape, report: Report): void {
  for (const [index, address] of entry.addresses.entries()) {
    if (!isCidr(address)) report(`"${address}" is not an address or CIDR`, 'addresses', index);
    if (address.includes('/') && entry.resolution !== 'NONE' && entry.resolution !== 'STATIC')
      report('CIDR addresses are allowed only for NONE/STATIC resolution types', 'addresses', index);
  }
}

function isCidr(address: string): boolean {
  try {
    compileCidr(address);
    return true;
  } catch {
    return false;
  }
}

function checkResolution(entry: ServiceEntryShape, report: Report): void {
  const { resolution, endpoints } = entry;
  if (entry.workloadSelector !== undefined && endpoints.length > 0)
    report('only one of WorkloadSelector or Endpoints can be set', 'workloadSelector');
  if (resolution === 'NONE' && endpoints.length > 0) report('NONE mode cannot set endpoints', 'endpoints');
  if (resolution === 'DNS_ROUND_ROBIN' && endpoints.length > 1)
    report('DNS_ROUND_ROBIN mode cannot have multiple endpoints', 'endpoints');
  const byHost = resolution === 'DNS' || resolution === 'DNS_ROUND_ROBIN';
  const wildcard = entry.hosts.findIndex((host) => host.includes('*'));
  if (byHost && endpoints.length === 0 && entry.workloadSelector === undefined && wildcard >= 0)
    report(
      `hosts must be full names when there are no endpoints and resolution is ${resolution}`,
      'hosts',
      wildcard,
    );
  if (resolution !== 'DYNAMIC_DNS') return;
  if (entry.hosts.some((host) => !host.startsWith('*.'))) report('DYNAMIC_DNS needs wildcard hosts', 'hosts');
  for (const [index, { protocol = '' }] of entry.ports.entries())
    if (!DYNAMIC_PROTOCOLS.has(protocol.toUpperCase()))
      report(
        `DYNAMIC_DNS ports must be HTTP, HTTP2, GRPC or TLS, not ${protocol}`,
        'ports',
        index,
        'protocol',
      );
  if (endpoints.length > 0) report('DYNAMIC_DNS cannot have endpoints', 'endpoints');
  if (entry.addresses.length > 0) report('DYNAMIC_DNS cannot have addresses', 'addresses');
}

function checkEndpoint(endpoint: EndpointShape, entry: ServiceEntryShape, report: Report): void {
  const address = endpoint.address ?? '';
  if (address === '') report('Address is required');
  if (address.startsWith('unix:')) {
    checkSocket(endpoint, entry, report);
    return;
  }
  if (entry.resolution === 'STATIC' && address !== '' && !isAddress(address))
    report(`"${address}" is not an IP address, which STATIC resolution needs`, 'address');
  for (const name of endpoint.ports?.keys() ?? []) {
    if (!entry.ports.some((port) => port.name === name))
      report(`endpoint port ${name} is not a port of the ServiceEntry`, 'ports', name);
  }
}

function checkSocket(endpoint: EndpointShape, entry: ServiceEntryShape, report: Report): void {
  const message = socketProblem(endpoint.address ?? '');
  if (message) report(message, 'address');
  if ((endpoint.ports?.size ?? 0) > 0) report('UDS may not include ports', 'ports');
  if (entry.ports.length > 1) report('UDS needs a ServiceEntry with one port', 'address');
  if (entry.resolution !== 'STATIC') report('UDS needs STATIC resolution', 'address');
}
