import { ConfigurationFeed } from '../src/proxy/configuration-feed.ts';
import { dataPath } from '../src/proxy/data-path.ts';
import { ProxyCore } from '../src/proxy/proxy-core.ts';
import { nameFilter } from '../src/proxy/telemetry/name-filter.ts';
import { VERSION } from '../src/proxy/telemetry/version.ts';
import { memberView } from '../src/runtime/control/admin/member-view.ts';
import type { ProxyView } from '../src/runtime/control/admin/proxy-view.ts';
import { giveIdentity } from '../src/runtime/control/application-identity.ts';
import { MeshMember } from '../src/runtime/control/mesh-member.ts';
import { type ProxyProgram, tellEvent } from '../src/runtime/control/run-proxy.ts';
import { runtimeName } from '../src/runtime/runtime-name.ts';
import { fetchKeys } from '../src/runtime/sockets/fetch-keys.ts';
import { precheckTls } from '../src/runtime/sockets/precheck/precheck-tls.ts';
import { SOCKET_BODIES } from '../src/runtime/sockets/socket-bodies.ts';
import { SocketsTransport } from '../src/runtime/sockets/sockets-transport.ts';
import { TcpTransport } from '../src/runtime/sockets/tcp-upstream.ts';
import { stdoutAccessLog, stdoutFlushed } from '../src/runtime/stdout-lines.ts';
import { ownStore } from '../src/runtime/store/own-store.ts';
import { RedisLimits } from '../src/runtime/store/redis-limits.ts';
import { systemClock as clock, systemRandom as random } from '../src/runtime/system.ts';
import { systemLog } from '../src/runtime/system-log.ts';
import { TrustKeeper } from '../src/snapshot/trust-keeper.ts';
import { untilAppIsReady } from './app-readiness.ts';
import { DataPorts } from './data-ports.ts';
import { Departure } from './departure.ts';
import type { SidecarOptions } from './options.ts';
import { keepPorts, lastPorts } from './ports.ts';
import { Registration } from './registration.ts';
import { demandSafeTls } from './safe-tls.ts';
import { openStatusPorts, type StatusPorts } from './status-ports.ts';

const log = systemLog('info');
/** Once is enough here: `weft precheck` tries harder. */
const precheck = () => precheckTls({ rounds: 1, clock, random });

export interface Ready extends StatusPorts {
  readonly identity: string;
  readonly inbound: number;
  readonly outbound: number;
  /** Absent without an edge port. */
  readonly edge?: number;
  /** Where DNS is answered; absent where it is not. */
  readonly dns?: number;
  /** Of the application's SPIFFE endpoint; absent without one. */
  readonly spiffe?: number;
}

/** One running sidecar: identity, configuration, and the two ports of the data path. */
export class Sidecar implements ProxyProgram {
  readonly #options: SidecarOptions;
  readonly #member: MeshMember;
  readonly #core: ProxyCore;
  readonly #transport = new SocketsTransport();
  readonly #streams = new TcpTransport();
  #ports: DataPorts | undefined;
  #registration: Registration | undefined;
  #departure: Departure | undefined;
  readonly #asked = Promise.withResolvers<void>();
  /** Of the endpoints. */
  readonly #leaving = new AbortController();
  readonly #refused = Promise.withResolvers<Error>();

  private constructor(options: SidecarOptions, member: MeshMember) {
    const { membership, identity } = member;
    this.#options = options;
    this.#member = member;
    this.#core = new ProxyCore({
      membership,
      nonce: identity.control.nonce(),
      runtime: runtimeName(),
      appPort: options.interception ? 'workload' : options.appPort,
      svids: identity.svids,
      accessLog: stdoutAccessLog(options.accessLog),
      fetchKeys: fetchKeys({ allowed: options.keyHosts }),
      limitStore: options.limitStore && new RedisLimits(options.limitStore),
      clock,
      log,
    });
  }

  /** Joins the mesh: with the certificate of an earlier process while it is valid, else with the join bundle. */
  static async join(options: SidecarOptions): Promise<Sidecar> {
    return new Sidecar(
      options,
      await MeshMember.join({ ...options, keepTrust: TrustKeeper.restore, clock, random, log }),
    );
  }

  /** Resolves when it has lost its identity for good, or control does not take it: it is of no use any more. */
  get lost(): Promise<Error> {
    return Promise.race([this.#member.lost, this.#refused.promise]);
  }

  /** Resolves when an operator asks it to end (`/quitquitquit`). */
  get asked(): Promise<void> {
    return this.#asked.promise;
  }

  /** Loads the first snapshot, opens the ports, and only then registers: nobody is sent to a closed door. */
  async start(): Promise<Ready> {
    const { name, directory, left } = this.#member;
    const told = await openStatusPorts(this.#options, this.#view(), lastPorts(directory).admin);
    const feed = await this.#openFeed();
    await feed.first();
    await demandSafeTls(this.#core.state.active?.snapshot, precheck, log);
    this.#core.state.reserve(Object.values(told));
    const ports = await this.#openPorts();
    const [inbound, outbound] = [ports.inbound.port, ports.outbound.port];
    const spiffe = await giveIdentity(this.#options, { ...this.#options, member: this.#member, clock, log });
    if (spiffe !== undefined) this.#core.state.reserve([spiffe]);
    keepPorts(directory, { inbound, outbound, admin: told.admin, edge: ports.edge?.port ?? 0 });
    await this.#enter(ports);
    void feed.follow(left);
    this.#member.keep();
    const edge = ports.edge === undefined ? {} : { edge: ports.edge.port };
    const dns = ports.dns === undefined ? {} : { dns: ports.dns.port };
    return {
      identity: name,
      inbound,
      outbound,
      ...edge,
      ...dns,
      ...told,
      ...(spiffe !== undefined && { spiffe }),
    };
  }

  /** Leaves the endpoints first, lets exchanges end, then closes. */
  async stop(): Promise<void> {
    this.#leaving.abort();
    await this.#departure?.close();
    this.#member.leave();
    this.#transport.close();
    await stdoutFlushed();
  }

  /** Closes everything now. */
  async kill(): Promise<void> {
    this.#member.leave();
    await this.#ports?.close();
    this.#transport.close();
  }

  #openFeed(): Promise<ConfigurationFeed> {
    const { membership, directory, askKeys, readTrust } = this.#member;
    return ConfigurationFeed.open({
      kind: 'sidecar',
      membership,
      core: this.#core,
      store: this.#member.openStore(),
      own: directory && ownStore(directory, log),
      readTrust,
      askKeys,
      onActive: () => this.#changed(),
      clock,
      random,
      log,
    });
  }

  /** Another configuration is in force. */
  #changed(): void {
    const { state } = this.#core;
    const { active } = state;
    if (active) this.#member.believe(active.snapshot);
    for (const { port } of active?.snapshot.inbound ?? [])
      if (state.isReserved(port)) log.warn('a service means a port of this sidecar: closed', { port });
    this.#ports?.recheck();
    this.#announce();
  }

  #announce(): void {
    this.#registration?.announce().catch((error: unknown) => log.warn('revision not announced', { error }));
  }

  async #openPorts(): Promise<DataPorts> {
    const core = this.#core;
    const { identity, directory } = this.#member;
    const carriers = { transport: this.#transport, streams: this.#streams, bodies: SOCKET_BODIES };
    const shared = { core, tracing: this.#options.tracing, debug: false, clock, random, log };
    const path = dataPath({ ...shared, ...carriers, resolve: async () => false });
    const last = lastPorts(directory);
    const ports = await DataPorts.open({
      ...path,
      options: this.#options,
      state: core.state,
      telemetry: core.telemetry,
      identity,
      last,
      clock,
      random,
      log,
    });
    this.#ports = ports;
    this.#member.present((svid, bundle) => {
      for (const end of [this.#transport, this.#streams, ports]) end.setIdentity(svid, bundle);
    });
    // Nothing can be proven any more: what stands on the old proof ends, new handshakes fail at the other end.
    identity.onExpired(() => ports.recheck());
    return ports;
  }

  #view(): ProxyView {
    return memberView({
      member: this.#member,
      core: this.#core,
      version: VERSION,
      runtime: runtimeName(),
      ports: () => this.#ports?.open ?? [],
      filter: nameFilter,
      log,
      clock,
      drain: (inboundOnly) => void this.#drain(inboundOnly),
      quit: () => this.#asked.resolve(),
    });
  }

  /** Told on stdout when it is done. */
  async #drain(inboundOnly: boolean): Promise<void> {
    this.#leaving.abort();
    await (inboundOnly ? this.#departure?.closeInbound() : this.#departure?.close());
    tellEvent('drained', { inboundOnly });
  }

  /** Goes among the endpoints: now, or when the application is ready. */
  async #enter(ports: DataPorts): Promise<void> {
    const registration = this.#registrationOf(ports);
    const { state } = this.#core;
    const { drain: times, appReady } = this.#options;
    this.#departure = new Departure({
      inbound: ports.entrances,
      outbound: ports.outbound,
      state,
      registration,
      times,
      clock,
      log,
    });
    const entered = this.#register(registration);
    if (appReady === undefined) await entered;
    else entered.catch((error: Error) => this.#refused.resolve(error));
  }

  async #register(registration: Registration): Promise<void> {
    const { appReady } = this.#options;
    const { left } = this.#member;
    if (appReady !== undefined) await untilAppIsReady(appReady, clock, left).catch(() => undefined);
    if (left.aborted) return;
    await registration.begin();
    this.#registration = registration;
    void this.#ports?.edge?.keep(left, () => this.#announce());
    void registration.keep(clock, left);
    this.#member.report(() => this.#core.telemetry.report(), this.#leaving.signal);
    tellEvent('registered');
  }

  #registrationOf({ inbound: { port }, edge }: DataPorts): Registration {
    const { membership, identity } = this.#member;
    const { namespace, workload } = membership;
    const facts = { namespace, workload, address: this.#options.address, port, runtime: runtimeName() };
    const { state, telemetry } = this.#core;
    const now = () => ({ ...facts, edgePort: edge?.registered, revision: state.revision });
    return new Registration(identity.control, now, log, telemetry.instance);
  }
}
