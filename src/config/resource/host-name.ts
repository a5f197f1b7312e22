import type * as z from 'zod';
import { parseAddress } from '../../match/address.ts';

const LABEL = /^[a-z0-9_](?:[-a-z0-9_]{0,61}[a-z0-9_])?$/i;

/** The full lower-case host: short names get `.<namespace>.svc.cluster.local`; dots and wildcards stay. */
export function fullHost(host: string, namespace: string): string {
  const lower = host.toLowerCase();
  return lower.includes('.') || lower.includes('*') ? lower : `${lower}.${namespace}.svc.cluster.local`;
}

const SERVICE_DOMAIN = '.svc.cluster.local';

/** The namespace in the full host of a Service, as far as its last dot; undefined for other hosts. */
export function namespaceOf(host: string): string | undefined {
  if (!host.endsWith(SERVICE_DOMAIN)) return undefined;
  const end = host.length - SERVICE_DOMAIN.length;
  return host.slice(host.lastIndexOf('.', end - 1) + 1, end);
}

/** Why a host (`name`, `a.b`, `*.b`, `*`) is not one, if it is not. */
export function hostProblem(host: string): string | undefined {
  if (host === '*') return undefined;
  if (host === '') return 'host must not be empty';
  if (host.length > 255) return 'domain name is longer than 255 characters';
  if (/^\*[^.]/.test(host)) return `partial wildcard "${host}" not allowed (write *.name)`;
  const name = host.startsWith('*.') ? host.slice(2) : host;
  const wrong = name
    .replace(/\.$/, '')
    .split('.')
    .find((label) => !LABEL.test(label));
  return wrong === undefined ? undefined : `"${host}" is not a domain name (* may only stand first)`;
}

/** Whether a host is an IPv4 or IPv6 address. */
export function isAddress(host: string): boolean {
  return parseAddress(host) !== undefined;
}

/** A zod refinement: VirtualService hosts are names, wildcards or addresses. */
export function checkVirtualHost(host: string, ctx: z.RefinementCtx): void {
  const message = isAddress(host) ? undefined : hostProblem(host);
  if (message !== undefined) ctx.addIssue({ code: 'custom', message });
}
