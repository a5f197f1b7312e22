import type * as z from 'zod';
import { problem } from './field.ts';
import { hostProblem, isAddress } from './host-name.ts';
import { socketProblem } from './workload-entry.ts';

interface PortShape {
  readonly number: number;
  readonly protocol: string;
}

interface IngressShape {
  readonly port: PortShape;
  readonly bind?: string | undefined;
  readonly defaultEndpoint?: string | undefined;
  readonly tls?: object | undefined;
}

interface EgressShape {
  readonly port?: PortShape | undefined;
  readonly bind?: string | undefined;
  readonly captureMode: string;
  readonly hosts: readonly string[];
}

interface SidecarShape {
  readonly ingress: readonly IngressShape[];
  readonly egress: readonly EgressShape[];
  readonly inboundConnectionPool?: unknown;
  readonly outboundTrafficPolicy?:
    | { readonly mode?: string | undefined; readonly egressProxy?: unknown }
    | undefined;
}

type Report = (message: string, ...path: (string | number)[]) => void;

/** Istio's rules across the fields of a Sidecar. */
export function checkSidecar(ctx: z.core.ParsePayload<SidecarShape>): void {
  const report: Report = (message, ...path) => ctx.issues.push(problem(ctx.value, message, path));
  const { ingress, egress, inboundConnectionPool, outboundTrafficPolicy: policy } = ctx.value;
  if (ingress.length + egress.length === 0 && inboundConnectionPool === undefined && policy === undefined)
    report(
      'sidecar: empty configuration: set ingress, egress, inboundConnectionPool or outboundTrafficPolicy',
    );
  for (const [index, listener] of ingress.entries())
    checkIngress(listener, (message, ...path) => report(message, 'ingress', index, ...path));
  for (const [index, listener] of egress.entries())
    checkEgress(listener, (message, ...path) => report(message, 'egress', index, ...path));
  checkUnique(ingress, 'ingress', report);
  checkUnique(egress, 'egress', report);
  checkCatchAll(egress, report);
  if (policy?.egressProxy !== undefined && (policy.mode ?? 'ALLOW_ANY') !== 'ALLOW_ANY')
    report('egressProxy is only for mode ALLOW_ANY', 'outboundTrafficPolicy', 'egressProxy');
}

function checkIngress(listener: IngressShape, report: Report): void {
  if (listener.port.number === 0) report('port must be between 1-65535', 'port', 'number');
  if (listener.bind && !isAddress(listener.bind)) report(`"${listener.bind}" is not a valid IP`, 'bind');
  const endpoint = listener.defaultEndpoint ?? '';
  if (endpoint.startsWith('unix://')) {
    const message = socketProblem(endpoint);
    if (message) report(message, 'defaultEndpoint');
  } else if (endpoint !== '' && !isLocalEndpoint(endpoint))
    report(
      'defaultEndpoint must be of form 127.0.0.1:<port>, 0.0.0.0:<port>, [::1]:<port>, [::]:<port>, unix:///path or unset',
      'defaultEndpoint',
    );
  if (listener.tls !== undefined) checkIngressTls(listener.tls, listener.port.protocol, report);
}

function isLocalEndpoint(endpoint: string): boolean {
  const [, port] = /^(?:127\.0\.0\.1|0\.0\.0\.0|\[::1\]|\[::\]):([1-9]\d{0,4})$/.exec(endpoint) ?? [];
  return port !== undefined && Number(port) <= 65535;
}

function checkIngressTls(tls: object, protocol: string, report: Report): void {
  const mode: unknown = Reflect.get(tls, 'mode');
  if (mode === 'ISTIO_MUTUAL' || mode === 'AUTO_PASSTHROUGH')
    report(`mode ${mode} is not supported in a Sidecar`, 'tls', 'mode');
  if (!/^(?:https|tls)$/i.test(protocol)) report('a port with tls must have protocol TLS or HTTPS', 'port');
  if (Reflect.get(tls, 'httpsRedirect')) report('is not supported in a Sidecar', 'tls', 'httpsRedirect');
  const names: unknown = Reflect.get(tls, 'subjectAltNames');
  if (Array.isArray(names) && names.length > 0)
    report('is not supported in a Sidecar', 'tls', 'subjectAltNames');
  for (const field of ['credentialName', 'credentialNames', 'tlsCertificates', 'caCertCredentialName'])
    if (Reflect.get(tls, field) !== undefined) report('is not supported in a Sidecar', 'tls', field);
}

function checkEgress(listener: EgressShape, report: Report): void {
  for (const [index, host] of listener.hosts.entries()) {
    const message = egressHostProblem(host);
    if (message) report(message, 'hosts', index);
  }
  const { port, bind = '', captureMode } = listener;
  if (port === undefined) {
    if (bind !== '') report('bind needs a port', 'bind');
    return;
  }
  if (port.number > 0) {
    if (bind !== '' && !isAddress(bind)) report(`"${bind}" is not a valid IP`, 'bind');
    return;
  }
  const message = bind.startsWith('unix://') ? socketProblem(bind) : 'a port of 0 needs bind: unix:///path';
  if (message) report(message, 'bind');
  if (captureMode === 'IPTABLES') report('a Unix socket cannot have captureMode IPTABLES', 'captureMode');
}

/** `namespace/host`; a namespace after `~` takes out what others let in. */
function egressHostProblem(host: string): string | undefined {
  const slash = host.indexOf('/');
  if (slash < 0) return `"${host}" must be of form namespace/dnsName`;
  const namespace = host.slice(0, slash);
  if (!/^(?:\*|\.|~|~?[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)$/.test(namespace))
    return `"${namespace}" is not a namespace, "*", "." or "~"`;
  return hostProblem(host.slice(slash + 1));
}

function checkUnique(
  listeners: readonly { readonly port?: PortShape | undefined; readonly bind?: string | undefined }[],
  field: string,
  report: Report,
): void {
  const seen = new Set<string>();
  for (const [index, { port, bind = '' }] of listeners.entries()) {
    if (port === undefined) continue;
    const key = port.number > 0 ? String(port.number) : bind;
    if (seen.has(key)) report('sidecar: ports on listeners must be unique', field, index, 'port');
    seen.add(key);
  }
}

function checkCatchAll(egress: readonly EgressShape[], report: Report): void {
  const without = egress.flatMap(({ port }, index) => (port === undefined ? [index] : []));
  const [first, second] = without;
  if (second !== undefined)
    report('sidecar: egress can have only one listener without port', 'egress', second);
  else if (first !== undefined && first !== egress.length - 1)
    report('sidecar: the egress listener without port must be the last', 'egress', first);
}
