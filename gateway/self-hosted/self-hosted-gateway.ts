import type { Membership } from '../../src/identity/membership.ts';
import { formatSpiffeId } from '../../src/identity/spiffe.ts';
import { connectionChecks } from '../../src/proxy/connection-checks.ts';
import type { AskSnapshot } from '../../src/proxy/decide/decision.ts';
import { RateLimiter } from '../../src/proxy/limits/rate-limiter.ts';
import { ProxyState } from '../../src/proxy/proxy-state.ts';
import { serve } from '../../src/proxy/serve.ts';
import { keepsConnection, serveConnection } from '../../src/proxy/serve-connection.ts';
import { loadHost, shardReader } from '../../src/proxy/shard-use.ts';
import { Telemetry } from '../../src/proxy/telemetry/telemetry.ts';
import { VERSION } from '../../src/proxy/telemetry/version.ts';
import { TokenAuthenticator } from '../../src/proxy/token-authenticator.ts';
import { serveAdmin } from '../../src/runtime/control/admin-server.ts';
import { ControlStore } from '../../src/runtime/control/control-store.ts';
import { CredentialHolder } from '../../src/runtime/control/credential-holder.ts';
import { joinMesh } from '../../src/runtime/control/join-mesh.ts';
import { proxyStatus } from '../../src/runtime/control/proxy-status.ts';
import { keepReporting } from '../../src/runtime/control/reporter.ts';
import type { WorkloadIdentity } from '../../src/runtime/control/workload-identity.ts';
import type { Store } from '../../src/runtime/ports.ts';
import { runtimeName } from '../../src/runtime/runtime-name.ts';
import { fetchKeys } from '../../src/runtime/sockets/fetch-keys.ts';
import { GatewayPortSet } from '../../src/runtime/sockets/gateway-port-set.ts';
import { SOCKET_BODIES } from '../../src/runtime/sockets/socket-bodies.ts';
import { SocketsTransport } from '../../src/runtime/sockets/sockets-transport.ts';
import { TcpTransport } from '../../src/runtime/sockets/tcp-upstream.ts';
import { stdoutAccessLog, stdoutFlushed } from '../../src/runtime/stdout-lines.ts';
import { ownStore } from '../../src/runtime/store/own-store.ts';
import { RedisLimits } from '../../src/runtime/store/redis-limits.ts';
import { StateDirectory } from '../../src/runtime/store/state-directory.ts';
import { systemClock as clock, systemRandom as random } from '../../src/runtime/system.ts';
import { systemLog } from '../../src/runtime/system-log.ts';
import { credentialReferences } from '../../src/snapshot/credential.ts';
import { firstConfiguration } from '../../src/snapshot/first-configuration.ts';
import { follow } from '../../src/snapshot/follow.ts';
import type { CredentialReference } from '../../src/snapshot/gateway-server.ts';
import { logRejection } from '../../src/snapshot/log-rejection.ts';
import { keptKeys } from '../../src/snapshot/pinned-keys.ts';
import type { VerifyingKey } from '../../src/snapshot/signing-key.ts';
import { Subscriber } from '../../src/snapshot/subscribe.ts';
import { targetName } from '../../src/snapshot/target.ts';
import type { GatewayOptions } from './options.ts';

/** A store that cannot be watched is looked at this often, ms. */
const pollMs = 5000;
/** As often while control pushes changes: a safety net, ms. */
const watchedPollMs = 30_000;
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
export class SelfHostedGateway {
  readonly #options: GatewayOptions;
  readonly #membership: Membership;
  readonly #directory: StateDirectory | undefined;
  readonly #identity: WorkloadIdentity;
  readonly #state = new ProxyState();
  readonly #transport = new SocketsTransport();
  readonly #streams = new TcpTransport();
  readonly #telemetry: Telemetry;
  readonly #tokens: TokenAuthenticator;
  readonly #limits: RateLimiter;
  readonly #credentials: CredentialHolder;
  readonly #ports: GatewayPortSet;
  #following: Subscriber | undefined;
  readonly #stopped = new AbortController();
  readonly #lost = Promise.withResolvers<Error>();

  private constructor(
    options: GatewayOptions,
    directory: StateDirectory | undefined,
    membership: Membership,
    identity: WorkloadIdentity,
  ) {
    this.#options = options;
    this.#directory = directory;
    this.#membership = membership;
    this.#identity = identity;
    this.#telemetry = new Telemetry({
      instance: `${membership.workload}-${identity.control.nonce()}`,
      meshId: membership.mesh,
      runtime: runtimeName(),
      version: VERSION,
      clock,
      active: () => this.#state.active,
      revision: () => this.#state.revision,
      svids: identity.svids,
      accessLog: stdoutAccessLog(options.accessLog),
      limits: () => this.#limits.counts,
    });
    const fetch = fetchKeys({ allowed: options.keyHosts });
    this.#tokens = new TokenAuthenticator({ fetch, clock, log });
    const store = options.limitStore && new RedisLimits(options.limitStore);
    this.#limits = new RateLimiter({ store, clock, log });
    this.#credentials = new CredentialHolder({ control: identity.control, state: directory, clock, log });
    this.#ports = this.#portSet();
  }

  /** Joins the mesh: with the certificate of an earlier process while it is valid, else with the join bundle. */
  static async join(options: GatewayOptions): Promise<SelfHostedGateway> {
    const directory = options.state === undefined ? undefined : new StateDirectory(options.state);
    const { membership, identity } = await joinMesh(
      { join: options.join, state: directory },
      { clock, random, log },
    );
    return new SelfHostedGateway(options, directory, membership, identity);
  }

  /** Resolves when the gateway has lost its identity for good, and the process is of no use any more. */
  get lost(): Promise<Error> {
    return this.#lost.promise;
  }

  /** Loads the first snapshot and opens its ports. */
  async start(): Promise<GatewayReady> {
    const { control, svids } = this.#identity;
    const store = new ControlStore(control, clock, random, log);
    const own = this.#directory && ownStore(this.#directory, log);
    const askKeys = () => control.callJson({ method: 'GET', path: '/v1/keys' });
    const keys = await keptKeys(own, askKeys, this.#membership.signingKeys);
    this.#present();
    svids.onChange(() => this.#present());
    // Idle connections into the mesh stand on a proof that is none any more.
    this.#identity.onExpired(() => this.#present());
    const subscriber = this.#subscriber(store, keys, own);
    this.#following = subscriber;
    await firstConfiguration(subscriber, { clock, log, what: 'gateway' });
    await this.#serve();
    const status = proxyStatus(this.#state, this.#identity);
    const admin = await serveAdmin(this.#options.adminPort, status, svids, this.#telemetry);
    const { signal } = this.#stopped;
    void follow(subscriber, store, clock, {
      random,
      intervalMs: () => (store.watching ? watchedPollMs : pollMs),
      signal,
      onExpired: (expires) => log.error('publication expired', { expires: new Date(expires).toISOString() }),
    });
    void this.#keepCredentials(signal);
    void keepReporting(control, () => this.#telemetry.report(), clock, log, signal);
    this.#identity.keepFresh(signal).catch((error: Error) => this.#lost.resolve(error));
    const svid = svids.current();
    const identity = svid ? formatSpiffeId(svid.id) : '';
    return { identity, revision: this.#state.revision, ports: this.#ports.bound, admin };
  }

  /** Tells clients to go elsewhere, lets exchanges end, then closes. */
  async stop(): Promise<void> {
    this.#state.leave();
    this.#stopped.abort();
    this.#ports.retire();
    if (this.#ports.connections > 0) await clock.sleep(noticeMs);
    await this.#ports.drain(drainMs);
    this.#transport.close();
    await stdoutFlushed();
  }

  /** Closes everything now. */
  kill(): void {
    this.#stopped.abort();
    this.#ports.close();
    this.#transport.close();
  }

  #subscriber(store: ControlStore, keys: readonly VerifyingKey[], own: Store | undefined): Subscriber {
    const { mesh, namespace, workload } = this.#membership;
    return new Subscriber({
      store,
      mesh,
      keys,
      target: targetName({ kind: 'gateway', namespace, name: workload }),
      minimumRevision: 1,
      ...(own && { lastKnownGood: own }),
      shards: shardReader(this.#state, clock),
      onSnapshot: (snapshot, revision, parts) => {
        this.#state.activate(snapshot, revision, parts);
        this.#tokens.retain(snapshot);
        this.#limits.retain(snapshot);
        this.#telemetry.accept();
        void this.#serve();
        log.info('snapshot activated', { revision });
      },
      onEndpoints: (record) => void this.#state.endpoints.update(record),
      onReject: (code, detail) => {
        // A store that is away has offered nothing that could be refused.
        if (code !== 'E_STORE') this.#telemetry.reject(code, detail);
        logRejection(log, this.#state.revision, code, detail);
      },
    });
  }

  /** Opens the ports of the configuration in force, once its certificates are there or cannot be had. */
  async #serve(): Promise<void> {
    await this.#credentials.refresh(this.#references(), this.#stopped.signal);
    await this.#ports.apply(drainMs);
  }

  #references(): readonly CredentialReference[] {
    const snapshot = this.#state.active?.snapshot;
    return snapshot === undefined ? [] : credentialReferences(snapshot);
  }

  /** New certificates change the configuration, which asks for them; another key of the same one does not. */
  async #keepCredentials(stopped: AbortSignal): Promise<void> {
    while (!stopped.aborted) {
      await clock.sleep(watchedPollMs, stopped).catch(() => undefined);
      if (!stopped.aborted && this.#references().length > 0) await this.#credentials.renew();
    }
  }

  #portSet(): GatewayPortSet {
    const { address, bind, debug, tracing, limits } = this.#options;
    const active = () => this.#state.active;
    const parts = { active, endpoints: this.#state.endpoints, clock, random, log };
    const { onOutcome, onOpened, onConnection } = this.#telemetry;
    const resolve = async (ask: AskSnapshot) =>
      this.#following !== undefined && (await loadHost(ask, this.#state, this.#following));
    const learned = { resolve, tokens: this.#tokens, limits: this.#limits };
    const requests = { ...learned, transport: this.#transport, bodies: SOCKET_BODIES };
    const check = connectionChecks({ ...parts, transport: this.#transport, bodies: SOCKET_BODIES });
    const revision = () => String(this.#state.revision);
    return new GatewayPortSet({
      address,
      ports: () => active()?.gatewayPorts,
      bind: (serverPort) => bind.get(serverPort) ?? serverPort,
      handler: serve({ ...parts, ...requests, debug, revision, onOutcome, tracing }),
      tcp: serveConnection({ ...parts, check, streams: this.#streams, onOpened, onConnection }),
      keepsTcp: keepsConnection(parts),
      credentials: this.#credentials.find,
      ...limits,
      log,
    });
  }

  /** Gives the hops into the mesh the SVID and the roots of this moment. */
  #present(): void {
    const svid = this.#identity.svids.current();
    if (!svid) return;
    this.#transport.setIdentity(svid, this.#identity.bundle);
    this.#streams.setIdentity(svid, this.#identity.bundle);
  }
}
