import type { InboundListener, ServicePort } from '../../snapshot/snapshot.ts';
import { policiesFor } from './authorization-policy.ts';
import { inboundClusterName } from './cluster-name.ts';
import { selects } from './labels.ts';
import { mtlsOf, mtlsSource } from './peer-authentication.ts';
import { selectingServices } from './plaintext-port.ts';
import type { PortProtocol } from './port-protocol.ts';
import type { Scope } from './scope.ts';
import { namedPorts, workloadPort } from './workload.ts';

/** A workload port with the service ports that lead to it. */
interface Opening {
  readonly port: number;
  readonly protocol: PortProtocol;
  readonly servicePorts: ServicePort[];
}

/** One listener per workload port of the services that select the target, sorted by port. */
export function inboundListeners(scope: Scope): InboundListener[] {
  if (scope.target.kind === 'gateway') return [];
  return openings(scope)
    .sort((a, b) => a.port - b.port)
    .map((opening) => listener(opening, scope));
}

function listener({ port, protocol, servicePorts }: Opening, scope: Scope): InboundListener {
  const mtls = mtlsOf(scope.target, port, scope.mesh, scope.resources);
  const source = mtlsSource(mtls);
  if (mtls.decidedBy) scope.report.place(source, mtls.decidedBy, ['spec']);
  return {
    port,
    servicePorts: servicePorts.sort(byServiceAndPort),
    protocol,
    mtls: mtls.mode,
    mtlsSource: source,
    policies: policiesFor(scope, protocol),
    cluster: inboundClusterName(port),
  };
}

function byServiceAndPort(a: ServicePort, b: ServicePort): number {
  return a.service < b.service ? -1 : a.service > b.service ? 1 : a.port - b.port;
}

/** Where services disagree about a port's protocol, the oldest one counts. */
function openings({ target, registry, resources, report }: Scope): Opening[] {
  const byPort = new Map<number, Opening>();
  const named = namedPorts(target, resources);
  for (const service of selectingServices(registry, target.namespace)) {
    if (!selects(service.selector, target.labels)) continue;
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
