import { parseOutboundName } from '../../http/outbound-name.ts';
import type { Snapshot } from '../../snapshot/snapshot.ts';
import { type Labels, UNKNOWN } from './labels.ts';

/** The labels of the service that was asked for. */
export type ServiceLabels = Pick<
  Labels,
  'destination_service' | 'destination_service_name' | 'destination_service_namespace'
>;

/** Names of Istio for requests that no service stands behind. */
export type NoService = 'PassthroughCluster' | 'BlackHoleCluster' | 'unknown';

/** Labels of a service by its full name; the short name and the namespace are those of `<name>.<namespace>.svc.…`. */
export function serviceLabels(host: string): ServiceLabels {
  const [name, namespace, svc] = host.split('.');
  const ofMesh = svc === 'svc' && name !== undefined && namespace !== undefined;
  return {
    destination_service: host,
    destination_service_name: ofMesh ? name : host,
    destination_service_namespace: ofMesh ? namespace : UNKNOWN,
  };
}

/** Labels of a host that no service stands behind. */
export function hostLabels(host: string, name: NoService): ServiceLabels {
  return {
    destination_service: host,
    destination_service_name: name,
    destination_service_namespace: UNKNOWN,
  };
}

/** The service of `outbound|9080|v1|reviews.default.svc.cluster.local`; empty for other clusters. */
export function serviceOfCluster(cluster: string): string {
  return cluster.startsWith('outbound|') ? cluster.slice(cluster.lastIndexOf('|') + 1) : '';
}

/** The service whose virtual host a sidecar has for a host by name, for answers that come from no cluster. */
export function serviceOfHost({ outbound }: Snapshot, host: string, port: number): string {
  const hosts = outbound.find((listener) => listener.port === port)?.virtualHosts ?? [];
  const found = hosts.find(({ domains }) => domains.includes(host));
  return found === undefined ? '' : found.name.replace(/:\d+$/, '');
}

/** The service that an inbound connection is for: what its mesh client named, else the first of the port. */
export function serviceOfPort({ inbound }: Snapshot, port: number, serverName: string | undefined): string {
  const ports = inbound.find((listener) => listener.port === port)?.servicePorts ?? [];
  const named = serverName === undefined ? undefined : parseOutboundName(serverName)?.service;
  const asked = ports.find(({ service }) => service === named) ?? ports[0];
  return asked?.service ?? '';
}
