import type { Target } from '../../../snapshot/target.ts';
import type { Resource } from '../../resource/resource.ts';
import type { PortServer } from '../gateway-servers.ts';
import { sourceKey } from '../report.ts';
import type { Scope } from '../scope.ts';
import { conflictOf, type GatewayListener, listenersOf } from './gateway-listeners.ts';
import { listenerTls } from './listener-tls.ts';
import { isManaged } from './managed-gateway.ts';

const GATEWAY_NAME = 'gateway.networking.k8s.io/gateway-name';

/**
 * The servers of the Gateway API's Gateways, oldest first. A target that a Gateway is named for (its label) has that
 * one's; the ingress gateway has those of all.
 */
export function listenerServers(scope: Scope): PortServer[] {
  const { resources, target } = scope;
  return resources
    .of('KubernetesGateway')
    .filter((gateway) => isManaged(gateway, resources) && isFor(target, gateway))
    .filter((gateway) => hasKnownAddresses(gateway, scope))
    .flatMap((gateway) => {
      const all = listenersOf(gateway, resources);
      return all
        .filter((one, i) => !givesWay(one, all.slice(0, i), scope))
        .flatMap((one) => listenerServer(one, scope) ?? []);
    });
}

const ADDRESS_TYPES: ReadonlySet<string> = new Set(['IPAddress', 'Hostname', 'NamedAddress']);

/** A Gateway that asks for an address of a kind that nobody can give is not accepted (UnsupportedAddress). */
function hasKnownAddresses(gateway: Resource<'KubernetesGateway'>, { report }: Scope): boolean {
  const unknown = gateway.spec.addresses.findIndex(({ type }) => !ADDRESS_TYPES.has(type));
  if (unknown < 0) return true;
  const message = 'Nobody gives addresses of this type; the Gateway is not run.';
  report.add('WFT0211', gateway, ['spec', 'addresses', unknown, 'type'], message);
  return false;
}

function givesWay(bound: GatewayListener, earlier: readonly GatewayListener[], { report }: Scope): boolean {
  const conflict = conflictOf(bound, earlier);
  const { owner, index, listener } = bound;
  if (conflict) {
    const message = `An earlier listener has port ${listener.port} (${conflict}); this one is left out.`;
    report.add('IST0145', owner, ['spec', 'listeners', index, 'port'], message);
  }
  return conflict !== undefined;
}

function isFor(target: Target, gateway: GatewayListener['gateway']): boolean {
  const named = target.labels.find(([key]) => key === GATEWAY_NAME)?.[1];
  return named === undefined || (named === gateway.name && target.namespace === gateway.namespace);
}

/** Undefined when it asks for what cannot be given: no listener is better than one without it. */
function listenerServer(bound: GatewayListener, scope: Scope): PortServer | undefined {
  const { gateway, owner, listener, index } = bound;
  const protocol = PROTOCOLS.get(listener.protocol);
  const secure = protocol === 'HTTPS' || protocol === 'TLS';
  const tls = secure ? listenerTls(bound, scope.resources) : undefined;
  if (protocol === undefined || (secure && tls === undefined)) return undefined;
  return {
    gateway: sourceKey(gateway),
    protocol,
    port: listener.port,
    writtenPort: listener.port,
    hosts: [{ host: listener.hostname ?? '*', namespace: undefined }],
    tls,
    httpsRedirect: false,
    source: scope.report.place(sourceKey(owner, 'listeners', index), owner, ['spec', 'listeners', index]),
    resource: owner,
    index,
    listener: bound,
  };
}

const PROTOCOLS: ReadonlyMap<string, PortServer['protocol']> = new Map([
  ['HTTP', 'HTTP'],
  ['HTTPS', 'HTTPS'],
  ['TLS', 'TLS'],
  ['TCP', 'TCP'],
]);
