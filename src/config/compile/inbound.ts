import type { InboundListener, InboundPassthrough, ServicePort } from '../../snapshot/snapshot.ts';
import type { Resource } from '../resource/resource.ts';
import { policiesFor } from './authorization-policy.ts';
import { inboundClusterName } from './cluster-name.ts';
import { mtlsOf, mtlsSource, portsWithOwnMtls } from './peer-authentication.ts';
import { type PortProtocol, portProtocol } from './port-protocol.ts';
import { rateLimitsFor } from './rate-limit.ts';
import { jwtRulesFor } from './request-authentication.ts';
import type { Scope } from './scope.ts';
import { servicesOf } from './selecting-services.ts';
import { sidecarOf } from './sidecar-resource.ts';
import { namedPorts, workloadPort } from './workload.ts';

/** A workload port with the service ports that lead to it. */
interface Opening {
  readonly port: number;
  readonly protocol: PortProtocol;
  readonly servicePorts: ServicePort[];
}

/**
 * One listener per workload port of the services that select the target, or of its Sidecar where that has `ingress`;
 * sorted by port.
 */
export function inboundListeners(scope: Scope): InboundListener[] {
  if (scope.target.kind === 'gateway') return [];
  const ingress = sidecarOf(scope)?.spec.ingress ?? [];
  const ofServices = serviceOpenings(scope);
  return (ingress.length > 0 ? ingressOpenings(ingress, ofServices) : ofServices)
    .sort((a, b) => a.port - b.port)
    .map((opening) => listener(opening, scope));
}

/** What sidecars do with connections to workload ports that have no listener; gateways have none. */
export function inboundPassthrough(scope: Scope): InboundPassthrough | undefined {
  if (scope.target.kind === 'gateway') return undefined;
  const jwtRules = jwtRulesFor(scope, 'http');
  const limits = rateLimitsFor(scope, 'http');
  return {
    ...securityOf(0, scope),
    ports: portsWithOwnMtls(scope.target, scope.mesh, scope.resources).map((port) => ({
      port,
      ...securityOf(port, scope),
    })),
    ...(jwtRules && { jwtRules }),
    policies: policiesFor(scope, 'http'),
    ...(limits && { limits }),
  };
}

function listener({ port, protocol, servicePorts }: Opening, scope: Scope): InboundListener {
  const jwtRules = jwtRulesFor(scope, protocol);
  const limits = rateLimitsFor(scope, protocol);
  return {
    port,
    servicePorts: servicePorts.sort(byServiceAndPort),
    protocol,
    ...securityOf(port, scope),
    ...(jwtRules && { jwtRules }),
    policies: policiesFor(scope, protocol),
    ...(limits && { limits }),
    cluster: inboundClusterName(port),
  };
}

function securityOf(port: number, scope: Scope): Pick<InboundListener, 'mtls' | 'mtlsSource'> {
  const mtls = mtlsOf(scope.target, port, scope.mesh, scope.resources);
  const source = mtlsSource(mtls);
  if (mtls.decidedBy) scope.report.place(source, mtls.decidedBy, ['spec']);
  return { mtls: mtls.mode, mtlsSource: source };
}

function byServiceAndPort(a: ServicePort, b: ServicePort): number {
  return a.service < b.service ? -1 : a.service > b.service ? 1 : a.port - b.port;
}

/** Services still say which of their ports a listener is behind: mesh TLS names those. */
function ingressOpenings(
  ingress: Resource<'Sidecar'>['spec']['ingress'],
  ofServices: readonly Opening[],
): Opening[] {
  return ingress.map(({ port }) => ({
    port: port.number,
    protocol: portProtocol(port.protocol || port.name, undefined),
    servicePorts: ofServices.find((one) => one.port === port.number)?.servicePorts ?? [],
  }));
}

/** Where services disagree about a port's protocol, the oldest one counts. */
function serviceOpenings({ target, registry, resources, report }: Scope): Opening[] {
  const byPort = new Map<number, Opening>();
  const named = namedPorts(target, resources);
  for (const service of servicesOf(target, registry)) {
    service.ports.forEach((port, i) => {
      const number = workloadPort(port, named);
      if (number === undefined) {
        const message = `The workload ${target.name} has no container port named ${port.target}.`;
        report.add('WFT0202', service.resource, ['spec', 'ports', i, 'targetPort'], message);
        return;
      }
      const opening = byPort.get(number) ?? { port: number, protocol: port.protocol, servicePorts: [] };
      opening.servicePorts.push({ service: service.host, port: port.number });
      byPort.set(number, opening);
    });
  }
  return [...byPort.values()];
}
