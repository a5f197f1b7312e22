import type { Bundle, Svid } from '../src/identity/svid.ts';
import type { DataPath } from '../src/proxy/data-path.ts';
import type { ProxyState } from '../src/proxy/proxy-state.ts';
import { keepsConnection, serveConnection } from '../src/proxy/serve-connection.ts';
import type { Telemetry } from '../src/proxy/telemetry/telemetry.ts';
import type { OpenPort } from '../src/runtime/control/admin/proxy-view.ts';
import type { WorkloadIdentity } from '../src/runtime/control/workload-identity.ts';
import type { Clock, Log, Random } from '../src/runtime/ports.ts';
import type { Admit } from '../src/runtime/sockets/admission.ts';
import type { BodySource } from '../src/runtime/sockets/body.ts';
import type { DnsServer } from '../src/runtime/sockets/dns-server.ts';
import { type Listening, listen } from '../src/runtime/sockets/listener.ts';
import { admitInbound, onlyPlaintextTcp } from './admit-inbound.ts';
import { openDns } from './dns-port.ts';
import { EdgePort } from './edge-port.ts';
import type { SidecarOptions } from './options.ts';
import { openOutbound } from './outbound-port.ts';
import { openPort, type Ports } from './ports.ts';
import { openRedirection, type Redirection } from './redirection.ts';

export interface DataPortsParts extends DataPath<BodySource> {
  readonly options: SidecarOptions;
  readonly state: ProxyState;
  readonly identity: WorkloadIdentity;
  readonly telemetry: Pick<Telemetry, 'onOutcome'>;
  readonly clock: Clock;
  readonly random: Random;
  /** Where the last process was reached. */
  readonly last: Ports;
  readonly log: Log;
}

/** The ports of a sidecar's data path: one for its peers, one for its application, and one for gateways that sign. */
export class DataPorts {
  readonly inbound: Listening;
  readonly outbound: Listening;
  readonly edge: EdgePort | undefined;
  readonly dns: DnsServer | undefined;

  private constructor(
    inbound: Listening,
    outbound: Listening,
    edge: EdgePort | undefined,
    dns: DnsServer | undefined,
  ) {
    this.inbound = inbound;
    this.outbound = outbound;
    this.edge = edge;
    this.dns = dns;
  }

  /** Rejects where one cannot be bound. */
  static async open(parts: DataPortsParts): Promise<DataPorts> {
    const { options, state, last, log } = parts;
    const redirection = await openRedirection(options, log);
    const inbound = await openPort(options.inboundPort, last.inbound, (port) =>
      openInbound(port, parts, redirection),
    );
    const outbound = await openPort(options.outboundPort, last.outbound, (port) =>
      openOutbound(port, parts, redirection),
    );
    const { edgePort } = options;
    const edge = edgePort === undefined ? undefined : await openPort(edgePort, last.edge, openEdge(parts));
    const dns = await openDns(parts);
    state.reserve([inbound, outbound, edge, dns].flatMap((one) => one?.port ?? []));
    return new DataPorts(inbound, outbound, edge, dns);
  }

  /** Both ports by which requests come to the application, as one. */
  get entrances(): Pick<Listening, 'arrivals' | 'retire' | 'drain'> {
    const { inbound, edge } = this;
    return {
      get arrivals() {
        return inbound.arrivals + (edge?.arrivals ?? 0);
      },
      retire: () => {
        inbound.retire();
        edge?.retire();
      },
      drain: async (ms) => void (await Promise.all([inbound.drain(ms), edge?.drain(ms)])),
    };
  }

  /** What handshakes of peers prove and trust from now on, and whose signatures count. */
  setIdentity(svid: Svid, bundle: Bundle): void {
    this.inbound.setIdentity(svid, bundle);
    this.edge?.setTrust(bundle);
  }

  /** Closes the connections of peers that would not come in now, or not as they did. */
  recheck(): void {
    this.inbound.recheck();
  }

  /** As admin pages name them. */
  get open(): readonly OpenPort[] {
    const ports = [
      ['virtualInbound', this.inbound],
      ['virtualOutbound', this.outbound],
    ] as const;
    return ports.map(([name, { address, port, connections }]) => ({ name, address, port, connections }));
  }

  async close(): Promise<void> {
    this.edge?.close();
    this.dns?.close();
    await Promise.all([this.inbound.close(), this.outbound.close()]);
  }
}

async function openInbound(
  port: number,
  parts: DataPortsParts,
  redirection: Redirection | undefined,
): Promise<Listening> {
  const { options, state, identity, handler, connections, log } = parts;
  const admitted = admitInbound(state);
  // Who can prove nothing takes no proofs either.
  const admit: Admit = (arrival, name, original) =>
    arrival === 'mesh-tls' && !identity.valid ? undefined : admitted(arrival, name, original);
  const open = (address: string) =>
    listen({
      address,
      original: redirection?.original,
      port,
      reusePort: options.reusePort,
      protocol: 'sniff',
      admit,
      handler,
      tcp: serveConnection(connections),
      keepsTcp: keepsConnection(connections),
      serverFirst: (original) => onlyPlaintextTcp(state, original),
      ...options.limits,
      log,
    });
  // Redirected connections arrive at the address of their interface, whichever that is.
  return redirection === undefined ? open(options.address) : open('::').catch(() => open('0.0.0.0'));
}

function openEdge(parts: DataPortsParts): (port: number) => Promise<EdgePort> {
  const { address, limits, replayStore } = parts.options;
  return (port) => EdgePort.open({ ...parts, address, limits, replayStore }, port);
}
