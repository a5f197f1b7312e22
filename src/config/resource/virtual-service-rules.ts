import type * as z from 'zod';
import { problem } from './field.ts';

interface MatchShape {
  readonly headers?: ReadonlyMap<string, unknown> | undefined;
  readonly withoutHeaders?: ReadonlyMap<string, unknown> | undefined;
}

interface VirtualServiceShape {
  readonly hosts: readonly string[];
  readonly gateways: readonly string[];
  readonly http: readonly { readonly delegate?: unknown; readonly match: readonly MatchShape[] }[];
  readonly tls: readonly { readonly match: readonly { readonly sniHosts: readonly string[] }[] }[];
  readonly tcp: readonly unknown[];
}

type Report = (message: string, ...path: (string | number)[]) => void;

/** Istio's rules across the fields of a VirtualService; one without hosts is a delegate. */
export function checkVirtualService(ctx: z.core.ParsePayload<VirtualServiceShape>): void {
  const report: Report = (message, ...path) => ctx.issues.push(problem(ctx.value, message, path));
  const { hosts, gateways, http, tls, tcp } = ctx.value;
  if (http.length + tls.length + tcp.length === 0) report('http, tcp or tls must be set');
  if (hosts.includes('*') && gateways.includes('mesh'))
    report('host * needs gateways that do not include mesh', 'hosts');
  if (hosts.length === 0) checkDelegate(ctx.value, report);
  checkDuplicates(hosts, report);
  checkSniHosts(ctx.value, report);
  if (gateways.every((name) => name === 'mesh')) checkClaims(http, report);
}

function checkDelegate({ gateways, http, tls, tcp }: VirtualServiceShape, report: Report): void {
  if (http.some((rule) => rule.delegate !== undefined))
    report('a delegate (a VirtualService without hosts) cannot delegate further', 'http');
  if (gateways.some((name) => name !== 'mesh'))
    report('a delegate (a VirtualService without hosts) must have no gateways', 'gateways');
  if (tls.length > 0) report('a delegate (a VirtualService without hosts) must have no tls rules', 'tls');
  if (tcp.length > 0) report('a delegate (a VirtualService without hosts) must have no tcp rules', 'tcp');
}

/** Also `*.b` beside `a.b`: a VirtualService routes a host once. */
function checkDuplicates(hosts: readonly string[], report: Report): void {
  const exact = new Set<string>();
  const wildcards = hosts.filter((host) => host.startsWith('*')).map((host) => host.toLowerCase());
  for (const [index, host] of hosts.entries()) {
    const name = host.toLowerCase();
    const wider = wildcards.find((wildcard) => wildcard !== name && isWithin(name, wildcard));
    if (exact.has(name)) report(`host ${host} is listed twice`, 'hosts', index);
    else if (wider !== undefined) report(`duplicate hosts: ${host} and ${wider}`, 'hosts', index);
    exact.add(name);
  }
}

function isWithin(host: string, wildcard: string): boolean {
  return (
    wildcard === '*' || host === wildcard || (wildcard.startsWith('*') && host.endsWith(wildcard.slice(1)))
  );
}

function checkSniHosts({ hosts, tls }: VirtualServiceShape, report: Report): void {
  const names = hosts.map((host) => host.toLowerCase());
  for (const [rule, { match }] of tls.entries())
    for (const [item, { sniHosts }] of match.entries())
      for (const [index, sni] of sniHosts.entries())
        if (names.length > 0 && !names.some((host) => isWithin(sni.toLowerCase(), host)))
          report(
            `${sni} is none of the hosts of the VirtualService`,
            'tls',
            rule,
            'match',
            item,
            'sniHosts',
            index,
          );
}

/** Tokens are verified at gateways before they route, and in the mesh after. */
function checkClaims(http: VirtualServiceShape['http'], report: Report): void {
  for (const [rule, { match }] of http.entries())
    for (const [item, conditions] of match.entries())
      for (const field of ['headers', 'withoutHeaders'] as const)
        for (const name of conditions[field]?.keys() ?? [])
          if (name.startsWith('@request.auth.claims'))
            report(
              'JWT claim based routing is only supported for gateways: name them in gateways',
              ...['http', rule, 'match', item, field, name],
            );
}
