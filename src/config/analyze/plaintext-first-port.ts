import { MESH } from '../compile/gateway-name.ts';
import { mtlsOf } from '../compile/peer-authentication.ts';
import { plaintextPort } from '../compile/plaintext-port.ts';
import type { RegistryPort, RegistryService } from '../compile/service-registry.ts';
import { type Workload, workloadPort, workloadsBehind } from '../compile/workload.ts';
import type { Diagnostic } from '../diagnostic.ts';
import { fullHost } from '../resource/host-name.ts';
import type { FieldPath, Resource } from '../resource/resource.ts';
import { serviceOf } from './destinations.ts';
import { finding } from './finding.ts';
import type { AnalysisRule, Inventory } from './inventory.ts';

/** A service port that somebody calls in plaintext, and the resource that says so. */
interface PlaintextCall {
  readonly owner: Resource;
  readonly path: FieldPath;
  readonly service: RegistryService;
  /** Absent = every port. */
  readonly port: number | undefined;
  readonly client: string;
}

/** WFT0206: a plaintext client of a workload's second or later port, which only mesh TLS can name. */
export const plaintextFirstPort: AnalysisRule = (inventory) => {
  const said = new Set<string>();
  const judge = (calls: readonly PlaintextCall[]): Diagnostic[] =>
    calls.flatMap((call) =>
      unreachable(call, inventory).flatMap(([workload, port]) => {
        const { kind, namespace, name } = call.owner;
        const key = `${kind} ${namespace}/${name} ${workload.namespace}/${workload.name} ${port.number}`;
        if (said.has(key)) return [];
        said.add(key);
        return [report(call, workload, port)];
      }),
    );
  return {
    VirtualService: (owner) => judge(gatewayRoutes(owner, inventory)),
    DestinationRule: (owner) => judge(disabledByRule(owner, inventory)),
  };
};

function gatewayRoutes(owner: Resource<'VirtualService'>, inventory: Inventory): PlaintextCall[] {
  if (owner.spec.gateways.every((name) => name === MESH)) return [];
  return inventory.destinations(owner).flatMap(({ path, protocol, host, port }) => {
    const service = serviceOf(host, inventory);
    if (protocol !== 'http' || !service) return [];
    return [{ owner, path, service, port, client: 'a gateway on Workers that does not sign its requests' }];
  });
}

function disabledByRule(owner: Resource<'DestinationRule'>, inventory: Inventory): PlaintextCall[] {
  const disabled = disabledIn(owner);
  if (disabled.length === 0) return [];
  const service = serviceOf(fullHost(owner.spec.host, owner.namespace), inventory);
  if (!service) return [];
  return disabled.map((one) => ({ ...one, owner, service, client: 'a client with tls.mode DISABLE' }));
}

/** Where a rule says DISABLE. */
function disabledIn({ spec }: Resource<'DestinationRule'>): Pick<PlaintextCall, 'path' | 'port'>[] {
  const subsets = spec.subsets.flatMap(({ trafficPolicy }, i) =>
    disabledBy(trafficPolicy, ['spec', 'subsets', i, 'trafficPolicy']),
  );
  return [...disabledBy(spec.trafficPolicy, ['spec', 'trafficPolicy']), ...subsets];
}

type TrafficPolicy = Resource<'DestinationRule'>['spec']['trafficPolicy'];

function disabledBy(policy: TrafficPolicy, at: FieldPath): Pick<PlaintextCall, 'path' | 'port'>[] {
  const ports = (policy?.portLevelSettings ?? []).flatMap(({ tls, port }, i) =>
    tls?.mode === 'DISABLE'
      ? [{ path: [...at, 'portLevelSettings', i, 'tls', 'mode'], port: port?.number }]
      : [],
  );
  const whole = { path: [...at, 'tls', 'mode'], port: undefined };
  return policy?.tls?.mode === 'DISABLE' ? [whole, ...ports] : ports;
}

/** The workloads and service ports of a call that plaintext cannot mean. */
function unreachable(
  { service, port }: PlaintextCall,
  { resources, registry, mesh }: Inventory,
): [Workload, RegistryPort][] {
  const ports = service.ports.filter(({ number }) => port === undefined || number === port);
  return workloadsBehind(service, undefined, resources).flatMap((workload) => {
    const first = plaintextPort(workload, registry);
    return ports.flatMap((one): [Workload, RegistryPort][] => {
      const target = workloadPort(one, workload.ports);
      // Where plaintext is refused anyway, WFT0203 says so.
      if (target === undefined || target === first) return [];
      return mtlsOf(workload, target, mesh, resources).mode === 'STRICT' ? [] : [[workload, one]];
    });
  });
}

function report({ owner, path, service, client }: PlaintextCall, workload: Workload, port: RegistryPort) {
  const name = `${workload.namespace}/${workload.name}`;
  return finding(
    'WFT0206',
    owner,
    path,
    `${client} speaks plaintext, which cannot name a port: port ${port.number} of ${service.host} is not the first port of workload ${name}, so these requests are answered with 503`,
    `give port ${port.number} a workload of its own, or call it from the mesh with mutual TLS`,
  );
}
