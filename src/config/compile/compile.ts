import type { Snapshot } from '../../snapshot/snapshot.ts';
import type { SourceMap } from '../../snapshot/source-map.ts';
import type { Target } from '../../snapshot/target.ts';
import type { Diagnostic } from '../diagnostic.ts';
import type { Resource } from '../resource/resource.ts';
import { inboundCluster, outboundClusters } from './cluster.ts';
import { destinationRules } from './destination-rules.ts';
import { gatewayListener } from './gateway.ts';
import { inboundListeners, inboundPassthrough } from './inbound.ts';
import { configuredMesh } from './mesh-config.ts';
import type { MeshSettings } from './mesh-settings.ts';
import { outboundListeners } from './outbound.ts';
import { Report } from './report.ts';
import { resourceSet } from './resource-set.ts';
import type { Scope } from './scope.ts';
import { serviceRegistry } from './service-registry.ts';
import { sidecarOf } from './sidecar-resource.ts';
import { targetsOf } from './targets.ts';
import { virtualAddresses } from './virtual-addresses.ts';

/** What compiling one target gives. */
export interface Compiled {
  readonly snapshot: Snapshot;
  readonly sources: SourceMap;
  readonly diagnostics: readonly Diagnostic[];
}

/** What compiling every target of a mesh gives. */
export interface CompiledMesh {
  readonly snapshots: readonly Snapshot[];
  readonly sources: SourceMap;
  readonly diagnostics: readonly Diagnostic[];
}

/** Compiles validated resources for one target. Pure: the same resources give the same snapshot. */
export function compile(resources: readonly Resource[], target: Target, mesh: MeshSettings): Compiled {
  const report = new Report();
  const snapshot = compileTarget({ ...shared(resources, mesh, report), target });
  return { snapshot, sources: report.sources, diagnostics: report.diagnostics };
}

/** Compiles the gateway and every sidecar, in the order of `targetsOf`. */
export function compileMesh(resources: readonly Resource[], mesh: MeshSettings): CompiledMesh {
  const report = new Report();
  const base = shared(resources, mesh, report);
  const snapshots = targetsOf(resources).map((target) => compileTarget({ ...base, target }));
  return { snapshots, sources: report.sources, diagnostics: report.diagnostics };
}

function shared(resources: readonly Resource[], mesh: MeshSettings, report: Report): Omit<Scope, 'target'> {
  const set = resourceSet(resources);
  return {
    mesh: configuredMesh(set, mesh),
    report,
    resources: set,
    registry: serviceRegistry(set),
    destinationRules: destinationRules(set),
  };
}

function compileTarget(scope: Scope): Snapshot {
  const { target, mesh } = scope;
  const inbound = inboundListeners(scope);
  const passthrough = inboundPassthrough(scope);
  const outbound = outboundListeners(scope);
  const gateway = gatewayListener(scope);
  const virtual = virtualAddresses(scope);
  const servers = gateway?.servers ?? [];
  const virtualHosts = [...outbound, ...(gateway ? [gateway] : []), ...servers].flatMap((listener) =>
    'virtualHosts' in listener ? listener.virtualHosts : [],
  );
  const policies = [...inbound, ...(passthrough ? [passthrough] : []), ...(gateway ? [gateway] : [])].flatMap(
    (listener) => listener.policies,
  );
  const tcpRoutes = servers.flatMap((server) => ('tcpRoutes' in server ? server.tcpRoutes : []));
  return {
    format: 1,
    target,
    trustDomain: mesh.trustDomain,
    ...(mesh.trustDomainAliases.length > 0 && { trustDomainAliases: mesh.trustDomainAliases }),
    ...(mesh.federated.length > 0 && { federated: mesh.federated }),
    pathNormalization: mesh.pathNormalization,
    inbound,
    ...(passthrough && { inboundPassthrough: passthrough }),
    outbound,
    outboundTrafficPolicy: sidecarOf(scope)?.spec.outboundTrafficPolicy?.mode ?? mesh.outboundTrafficPolicy,
    ...(virtual.length > 0 && { virtualAddresses: virtual }),
    ...(gateway && { gateway }),
    clusters: [
      ...inbound.map((listener) => inboundCluster(listener, scope)),
      ...outboundClusters(virtualHosts, tcpRoutes, policies, scope),
    ],
  };
}
