import type { Resource } from '../resource/resource.ts';
import { selects } from './labels.ts';
import type { Scope } from './scope.ts';
import { servicesOf } from './selecting-services.ts';
import type { RegistryService } from './service-registry.ts';
import { namedPorts, workloadPort } from './workload.ts';

/** Names the Services, instead of a selector, whose workloads a Gateway runs on; they are of its own namespace. */
const GATEWAY_SERVICE = 'internal.istio.io/gateway-service';
/** On a Service: a Gateway found by its selector opens the ports that it writes. */
const NO_TRANSLATION = 'experimental.istio.io/disable-gateway-port-translation';

/** Whether a Gateway runs on the target. */
export function runsOn(gateway: Resource<'Gateway'>, scope: Scope): boolean {
  const named = namedServices(gateway, scope);
  return named ? named.length > 0 : selects(gateway.spec.selector, scope.target.labels);
}

/**
 * The ports that a gateway opens for a server's port: where a Service of the target has that port, its targetPort.
 * A Gateway that names its Services means nothing but their ports; another one the first that fits, else the port
 * as it is written. 0 stands for a Unix socket.
 */
export function openedPorts(gateway: Resource<'Gateway'>, written: number, scope: Scope): number[] {
  if (written === 0) return [0];
  const named = namedServices(gateway, scope);
  if (named) return [...new Set(targetPorts(named, written, scope))];
  const translating = ownServices(scope).filter(({ resource }) => !resource.labels.has(NO_TRANSLATION));
  const [first = written] = targetPorts(translating, written, scope);
  return [first];
}

function namedServices(gateway: Resource<'Gateway'>, scope: Scope): RegistryService[] | undefined {
  const names = gateway.annotations.get(GATEWAY_SERVICE)?.split(',');
  const hosts = names && new Set(names.map((name) => name.trim().toLowerCase()));
  return (
    hosts &&
    ownServices(scope).filter(({ host, namespace }) => namespace === gateway.namespace && hosts.has(host))
  );
}

function ownServices({ target, registry }: Scope): RegistryService[] {
  return servicesOf(target, registry);
}

function targetPorts(services: readonly RegistryService[], written: number, scope: Scope): number[] {
  const named = namedPorts(scope.target, scope.resources);
  return services
    .flatMap(({ ports }) => ports.filter(({ number }) => number === written))
    .flatMap((port) => workloadPort(port, named) ?? []);
}
