import type { TerminatedTls } from '../../../snapshot/gateway-server.ts';
import type { Target } from '../../../snapshot/target.ts';
import type { Listener } from '../../gateway-api/listener.ts';
import type { PortServer } from '../gateway-servers.ts';
import { sourceKey } from '../report.ts';
import type { Scope } from '../scope.ts';
import { conflictOf, type GatewayListener, listenersOf } from './gateway-listeners.ts';
import { isManaged } from './managed-gateway.ts';

const GATEWAY_NAME = 'gateway.networking.k8s.io/gateway-name';

/** Options of a listener that name PEM files of the machine that the gateway runs on. */
const CERTIFICATE_FILE = 'weft.dev/certificate-file';
const PRIVATE_KEY_FILE = 'weft.dev/private-key-file';

/**
 * The servers of the Gateway API's Gateways, oldest first. A target that a Gateway is named for (its label) has that
 * one's; the ingress gateway has those of all.
 */
export function listenerServers(scope: Scope): PortServer[] {
  const { resources, target } = scope;
  return resources
    .of('KubernetesGateway')
    .filter((gateway) => isManaged(gateway, resources) && isFor(target, gateway))
    .flatMap((gateway) => {
      const all = listenersOf(gateway, resources);
      return all
        .filter((one, i) => !givesWay(one, all.slice(0, i), scope))
        .flatMap((one) => listenerServer(one, scope) ?? []);
    });
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
  const tls = secure ? listenerTls(listener, gateway) : undefined;
  if (protocol === undefined || (secure && tls === undefined)) return undefined;
  return {
    gateway: sourceKey(gateway),
    protocol,
    port: listener.port,
    hosts: [{ host: listener.hostname ?? '*', namespace: undefined }],
    tls,
    httpsRedirect: false,
    source: scope.report.place(sourceKey(owner, 'listeners', index), owner, ['spec', 'listeners', index]),
    resource: owner,
    index,
    listener: bound,
  };
}

/** Whether a listener has what it needs to be opened. */
export function servesTls(listener: Listener, gateway: GatewayListener['gateway']): boolean {
  const secure = listener.protocol === 'HTTPS' || listener.protocol === 'TLS';
  return !secure || listenerTls(listener, gateway) !== undefined;
}

const PROTOCOLS: ReadonlyMap<string, PortServer['protocol']> = new Map([
  ['HTTP', 'HTTP'],
  ['HTTPS', 'HTTPS'],
  ['TLS', 'TLS'],
  ['TCP', 'TCP'],
]);

function listenerTls({ tls, port }: Listener, { spec }: GatewayListener['gateway']): PortServer['tls'] {
  if (tls?.mode === 'Passthrough') return { mode: 'PASSTHROUGH' };
  const { frontend } = spec.tls ?? {};
  const asked = frontend?.perPort.find((one) => one.port === port)?.tls ?? frontend?.default;
  const [certificateFile, privateKeyFile] = [CERTIFICATE_FILE, PRIVATE_KEY_FILE].map((name) =>
    tls?.options?.get(name),
  );
  if (asked?.validation || !certificateFile || !privateKeyFile) return undefined;
  return {
    mode: 'SIMPLE',
    certificateFile,
    privateKeyFile,
    caFile: '',
    subjectAltNames: [],
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.3',
  } satisfies TerminatedTls;
}
