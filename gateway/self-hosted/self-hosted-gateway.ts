import { Trust } from '../../src/identity/trust.ts';
import { ConfigurationFeed } from '../../src/proxy/configuration-feed.ts';
import { dataPath } from '../../src/proxy/data-path.ts';
import type { AskSnapshot } from '../../src/proxy/decide/decision.ts';
import { ProxyCore } from '../../src/proxy/proxy-core.ts';
import { keepsConnection, serveConnection } from '../../src/proxy/serve-connection.ts';
import { loadHost, shardReader } from '../../src/proxy/shard-use.ts';
import { nameFilter } from '../../src/proxy/telemetry/name-filter.ts';
import { VERSION } from '../../src/proxy/telemetry/version.ts';
import { memberView } from '../../src/runtime/control/admin/member-view.ts';
import type { ProxyView } from '../../src/runtime/control/admin/proxy-view.ts';
import { serveAdmin } from '../../src/runtime/control/admin-server.ts';
import { CredentialHolder } from '../../src/runtime/control/credential-holder.ts';
import { MeshMember } from '../../src/runtime/control/mesh-member.ts';
import type { ProxyProgram } from '../../src/runtime/control/run-proxy.ts';
import { runtimeName } from '../../src/runtime/runtime-name.ts';
import { fetchKeys } from '../../src/runtime/sockets/fetch-keys.ts';
import { GatewayPortSet } from '../../src/runtime/sockets/gateway-port-set.ts';
import { SOCKET_BODIES } from '../../src/runtime/sockets/socket-bodies.ts';
import { SocketsTransport } from '../../src/runtime/sockets/sockets-transport.ts';
import { TcpTransport } from '../../src/runtime/sockets/tcp-upstream.ts';
import { stdoutAccessLog, stdoutFlushed } from '../../src/runtime/stdout-lines.ts';
import { ownStore } from '../../src/runtime/store/own-store.ts';
import { RedisLimits } from '../../src/runtime/store/redis-limits.ts';
import { systemClock as clock, systemRandom as random } from '../../src/runtime/system.ts';
import { systemLog } from '../../src/runtime/system-log.ts';
import { credentialReferences } from '../../src/snapshot/credential.ts';
import type { CredentialReference } from '../../src/snapshot/gateway-server.ts';
import { TrustKeeper } from '../../src/snapshot/trust-keeper.ts';
import type { GatewayOptions } from './options.ts';

/** Credentials are asked for anew this often, ms. */
const credentialsMs = 30_000;
/** Clients that are asked not to come back get this long to hear it, ms. */
const noticeMs = 500;
const drainMs = 5000;

const log = systemLog('info');

export interface GatewayReady {
  readonly identity: string;
  readonly revision: number;
  /** Server ports and where they are bound. */
  readonly ports: readonly (readonly [serverPort: number, port: number])[];
  readonly admin: number;
}

/** One running gateway outside Workers: identity, configuration, and the ports that it asks for. */
export class SelfHostedGateway implements ProxyProgram {
  readonly #options: GatewayOptions;
  readonly #member: MeshMember;
  readonly #core: ProxyCore;
  readonly #transport = new SocketsTransport();
  readonly #streams = new TcpTransport();
  readonly #credentials: CredentialHolder;
  readonly #ports: GatewayPortSet;
  #feed: ConfigurationFeed | undefined;
  readonly #asked = Promise.withResolvers<void>();

  private constructor(options: GatewayOptions, member: MeshMember) {
    const { membership, identity, directory } = member;
    this.#options = options;
    this.#member = member;
    this.#core = new ProxyCore({
      membership,
      nonce: identity.control.nonce(),
      runtime: runtimeName(),
      svids: identity.svids,
      accessLog: stdoutAccessLog(options.accessLog),
      fetchKeys: fetchKeys({ allowed: options.keyHosts }),
      limitStore: options.limitStore && new RedisLimits(options.limitStore),
      clock,
      log,
    });
    this.#credentials = new CredentialHolder({ control: identity.control, state: directory, clock, log });
    this.#ports = this.#portSet();
  }

  /** Joins the mesh: with the certificate of an earlier process while it is valid, else with the join bundle. */
  static async join(options: GatewayOptions): Promise<SelfHostedGateway> {
    return new SelfHostedGateway(
      options,
      await MeshMember.join({ ...options, keepTrust: TrustKeeper.restore, clock, random, log }),
    );
  }

  /** Resolves when the gateway has lost its identity for good, and the process is of no use any more. */
  get lost(): Promise<Error> {
    return this.#member.lost;
  }

  /** Resolves when an operator asks it to end (`/quitquitquit`). */
  get asked(): Promise<void> {
    return this.#asked.promise;
  }

  /** Loads the first snapshot and opens its ports. */
  async start(): Promise<GatewayReady> {
    const { name, left } = this.#member;
    const { state, telemetry } = this.#core;
    // Idle connections into the mesh end with the proof that they stand on.
    this.#member.present((svid, bundle) => {
      for (const end of [this.#transport, this.#streams]) end.setIdentity(svid, bundle);
      this.#ports.setTrust(new Trust(bundle));
    });
    const feed = await this.#openFeed();
    this.#feed = feed;
    await feed.first();
    await this.#serve();
    const { adminPort, adminToken } = this.#options;
    const admin = await serveAdmin(adminPort, this.#view(), adminToken);
    void feed.follow(left);
    void this.#keepCredentials(left);
    this.#member.keep();
    this.#member.report(() => telemetry.report());
    return { identity: name, revision: state.revision, ports: this.#ports.bound, admin };
  }

  /** Tells clients to go elsewhere, lets exchanges end, then closes. */
  async stop(): Promise<void> {
    this.#member.leave();
    await this.#drain();
    this.#transport.close();
    await stdoutFlushed();
  }

  /** Closes everything now. */
  kill(): void {
    this.#member.leave();
    this.#ports.close();
    this.#transport.close();
  }

  #view(): ProxyView {
    const { address } = this.#options;
    return memberView({
      member: this.#member,
      core: this.#core,
      version: VERSION,
      runtime: runtimeName(),
      ports: () =>
        this.#ports.open.map(([serverPort, port]) => ({
          ...port,
          name: `${address}_${serverPort}`,
          address,
        })),
      filter: nameFilter,
      log,
      clock,
      drain: () => void this.#drain(),
      quit: () => this.#asked.resolve(),
    });
  }

  /** A gateway has no outbound ports that could stay. */
  async #drain(): Promise<void> {
    this.#core.state.leave();
    this.#ports.retire();
    if (this.#ports.connections > 0) await clock.sleep(noticeMs);
    await this.#ports.drain(drainMs);
  }

  #openFeed(): Promise<ConfigurationFeed> {
    const { membership, directory, askKeys, readTrust } = this.#member;
    return ConfigurationFeed.open({
      kind: 'gateway',
      membership,
      core: this.#core,
      store: this.#member.openStore(),
      own: directory && ownStore(directory, log),
      readTrust,
      askKeys,
      shards: shardReader(this.#core.state, clock),
      onActive: () => void this.#serve(),
      clock,
      random,
      log,
    });
  }

  /** Opens the ports of the configuration in force, once its certificates are there or cannot be had. */
  async #serve(): Promise<void> {
    const { active } = this.#core.state;
    if (active) this.#member.believe(active.snapshot);
    await this.#credentials.refresh(this.#references(), this.#member.left);
    await this.#ports.apply(drainMs);
  }

  #references(): readonly CredentialReference[] {
    const snapshot = this.#core.state.active?.snapshot;
    return snapshot === undefined ? [] : credentialReferences(snapshot);
  }

  /** New certificates change the configuration, which asks for them; another key of the same one does not. */
  async #keepCredentials(stopped: AbortSignal): Promise<void> {
    while (!stopped.aborted) {
      await clock.sleep(credentialsMs, stopped).catch(() => undefined);
      if (!stopped.aborted && this.#references().length > 0) await this.#credentials.renew();
    }
  }

  #portSet(): GatewayPortSet {
    const { address, bind, debug, tracing, limits } = this.#options;
    const core = this.#core;
    const carriers = { transport: this.#transport, streams: this.#streams, bodies: SOCKET_BODIES };
    const resolve = async (ask: AskSnapshot) =>
      this.#feed !== undefined && (await loadHost(ask, core.state, this.#feed.subscriber));
    const path = dataPath({ core, ...carriers, resolve, debug, tracing, clock, random, log });
    return new GatewayPortSet({
      address,
      ports: () => core.state.active?.gatewayPorts,
      bind: (serverPort) => bind.get(serverPort) ?? serverPort,
      handler: path.handler,
      tcp: serveConnection(path.connections),
      keepsTcp: keepsConnection(path.connections),
      credentials: this.#credentials.find,
      ...limits,
      log,
    });
  }
}
