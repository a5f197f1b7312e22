import { servicesOf } from './selecting-services.ts';
import type { ServiceRegistry } from './service-registry.ts';
import { type Workload, workloadPort } from './workload.ts';

/** Workload ports that services open, sorted; each is an inbound listener of the workload's sidecar. */
export function openPorts(workload: Workload, registry: ServiceRegistry): number[] {
  const open = new Set<number>();
  for (const service of servicesOf(workload, registry)) {
    for (const port of service.ports) {
      const number = workloadPort(port, workload.ports);
      if (number !== undefined) open.add(number);
    }
  }
  return [...open].sort((a, b) => a - b);
}

/**
 * The workload port that a plaintext connection means: a sidecar has one inbound port and only mesh TLS names a
 * port behind it, so plaintext can only mean its first listener. Undefined when no service opens a port.
 */
export function plaintextPort(workload: Workload, registry: ServiceRegistry): number | undefined {
  return openPorts(workload, registry)[0];
}
