import type { Membership } from '../src/identity/membership.ts';
import { formatSpiffeId } from '../src/identity/spiffe.ts';
import { connectionChecks } from '../src/proxy/connection-checks.ts';
import { RateLimiter } from '../src/proxy/limits/rate-limiter.ts';
import { ProxyState } from '../src/proxy/proxy-state.ts';
import { serve } from '../src/proxy/serve.ts';
import { withConnect } from '../src/proxy/serve-connect.ts';
import { keepsConnection, serveConnection } from '../src/proxy/serve-connection.ts';
import { Telemetry } from '../src/proxy/telemetry/telemetry.ts';
import { VERSION } from '../src/proxy/telemetry/version.ts';
import { TokenAuthenticator } from '../src/proxy/token-authenticator.ts';
import { serveAdmin } from '../src/runtime/control/admin-server.ts';
import { ControlStore } from '../src/runtime/control/control-store.ts';
import { joinMesh } from '../src/runtime/control/join-mesh.ts';
import { proxyStatus } from '../src/runtime/control/proxy-status.ts';
import { keepReporting } from '../src/runtime/control/reporter.ts';
import type { WorkloadIdentity } from '../src/runtime/control/workload-identity.ts';
import type { Store } from '../src/runtime/ports.ts';
import { runtimeName } from '../src/runtime/runtime-name.ts';
import type { Admit } from '../src/runtime/sockets/admission.ts';
import { fetchKeys } from '../src/runtime/sockets/fetch-keys.ts';
import { type Listening, listen } from '../src/runtime/sockets/listener.ts';
import { SOCKET_BODIES } from '../src/runtime/sockets/socket-bodies.ts';
import { SocketsTransport } from '../src/runtime/sockets/sockets-transport.ts';
import { TcpTransport } from '../src/runtime/sockets/tcp-upstream.ts';
import { stdoutAccessLog, stdoutFlushed } from '../src/runtime/stdout-lines.ts';
import { ownStore } from '../src/runtime/store/own-store.ts';
import { RedisLimits } from '../src/runtime/store/redis-limits.ts';
import { StateDirectory } from '../src/runtime/store/state-directory.ts';
import { systemClock as clock, systemRandom as random } from '../src/runtime/system.ts';
import { systemLog } from '../src/runtime/system-log.ts';
import { firstConfiguration } from '../src/snapshot/first-configuration.ts';
import { follow } from '../src/snapshot/follow.ts';
import { logRejection } from '../src/snapshot/log-rejection.ts';
import { keptKeys } from '../src/snapshot/pinned-keys.ts';
import type { VerifyingKey } from '../src/snapshot/signing-key.ts';
import { Subscriber } from '../src/snapshot/subscribe.ts';
import { targetName } from '../src/snapshot/target.ts';
import { admitInbound, onlyPlaintextTcp } from './admit-inbound.ts';
import { depart } from './departure.ts';
import type { SidecarOptions } from './options.ts';
import { keepPorts, lastPorts, openPort } from './ports.ts';
import { withCredential } from './proxy-credential.ts';
import { Registration } from './registration.ts';

/** Control is asked this often while its watch is down, and while it would tell of changes by itself; ms. */
const pollMs = 5000;
const watchedPollMs = 30_000;

export interface Ready {
  readonly identity: string;
  readonly inbound: number;
  readonly outbound: number;
  readonly admin: number;
}

/** One running sidecar: identity, configuration, and the two ports of the data path. */
export class Sidecar {
  readonly #options: SidecarOptions;
  readonly #membership: Membership;
  readonly #directory: StateDirectory | undefined;
  readonly #identity: WorkloadIdentity;
  readonly #state: ProxyState;
  readonly #telemetry: Telemetry;
  readonly #tokens: TokenAuthenticator;
  readonly #limits: RateLimiter;
  readonly #transport = new SocketsTransport();
  readonly #streams = new TcpTransport();
  readonly #stopped = new AbortController();
  readonly #log = systemLog('info');
  readonly #lost = Promise.withResolvers<Error>();
  #listeners: readonly Listening[] = [];
  #registration: Registration | undefined;

  private constructor(
    options: SidecarOptions,
    directory: StateDirectory | undefined,
    membership: Membership,
    identity: WorkloadIdentity,
  ) {
    this.#options = options;
    this.#directory = directory;
    this.#membership = membership;
    this.#identity = identity;
    this.#state = new ProxyState(options.appPort);
    const fetch = fetchKeys({ allowed: options.keyHosts });
    this.#tokens = new TokenAuthenticator({ fetch, clock, log: this.#log });
    const store = options.limitStore && new RedisLimits(options.limitStore);
    this.#limits = new RateLimiter({ store, clock, log: this.#log });
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
  }

  /** Joins the mesh: with the certificate of an earlier process while it is valid, else with the join bundle. */
  static async join(options: SidecarOptions): Promise<Sidecar> {
    const directory = options.state === undefined ? undefined : new StateDirectory(options.state);
    const parts = { clock, random, log: systemLog('info') };
    const { membership, identity } = await joinMesh({ join: options.join, state: directory }, parts);
    return new Sidecar(options, directory, membership, identity);
  }

  /** Resolves when the workload has lost its identity for good, and the process is of no use any more. */
  get lost(): Promise<Error> {
    return this.#lost.promise;
  }

  /** Loads the first snapshot, opens the ports, and only then registers: nobody is sent to a closed door. */
  async start(): Promise<Ready> {
    const { control } = this.#identity;
    const store = new ControlStore(control, clock, random, this.#log);
    const own = this.#directory && ownStore(this.#directory, this.#log);
    const askKeys = () => control.callJson({ method: 'GET', path: '/v1/keys' });
    const keys = await keptKeys(own, askKeys, this.#membership.signingKeys);
    const subscriber = this.#subscriber(store, keys, own);
    await firstConfiguration(subscriber, { clock, log: this.#log, what: 'workload' });
    const { inbound, outbound } = await this.#listen();
    const admin = await this.#openAdmin();
    keepPorts(this.#directory, { inbound: inbound.port, outbound: outbound.port, admin });
    this.#registration = await this.#register(inbound.port);
    const { signal } = this.#stopped;
    void follow(subscriber, store, clock, {
      random,
      intervalMs: () => (store.watching ? watchedPollMs : pollMs),
      signal,
      onExpired: (expires) =>
        this.#log.error('publication expired', { expires: new Date(expires).toISOString() }),
    });
    this.#identity.keepFresh(signal).catch((error: Error) => this.#lost.resolve(error));
    void this.#registration.keep(clock, signal);
    void keepReporting(control, () => this.#telemetry.report(), clock, this.#log, signal);
    const svid = this.#identity.svids.current();
    return {
      identity: svid ? formatSpiffeId(svid.id) : '',
      inbound: inbound.port,
      outbound: outbound.port,
      admin,
    };
  }

  /** Leaves the endpoints first, lets exchanges end, then closes. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    const [inbound, outbound] = this.#listeners;
    const [state, registration, log] = [this.#state, this.#registration, this.#log];
    const hearsayMs = this.#options.drainMs;
    await depart({ state, registration, inbound, outbound, hearsayMs, clock, log });
    this.#transport.close();
    await stdoutFlushed();
  }

  /** Closes everything now. */
  async kill(): Promise<void> {
    this.#stopped.abort();
    await Promise.all(this.#listeners.map((listener) => listener.close()));
    this.#transport.close();
  }

  #subscriber(store: ControlStore, keys: readonly VerifyingKey[], own: Store | undefined): Subscriber {
    const { mesh, namespace, workload } = this.#membership;
    return new Subscriber({
      store,
      mesh,
      keys,
      target: targetName({ kind: 'sidecar', namespace, name: workload }),
      minimumRevision: 1,
      ...(own && { lastKnownGood: own }),
      onSnapshot: (snapshot, revision) => {
        this.#state.activate(snapshot, revision);
        this.#tokens.retain(snapshot);
        this.#limits.retain(snapshot);
        this.#telemetry.accept();
        for (const listener of this.#listeners.slice(0, 1)) listener.recheck();
        this.#log.info('snapshot activated', { revision });
        this.#registration
          ?.announce()
          .catch((error: unknown) => this.#log.warn('revision not announced', { error }));
      },
      onEndpoints: (record) => void this.#state.endpoints.update(record),
      onReject: (code, detail) => {
        // A store that is away has offered nothing that could be refused.
        if (code !== 'E_STORE') this.#telemetry.reject(code, detail);
        logRejection(this.#log, this.#state.revision, code, detail);
      },
    });
  }

  async #listen(): Promise<{ inbound: Listening; outbound: Listening }> {
    const { address, inboundPort, outboundPort, credential } = this.#options;
    const handler = serve({
      active: () => this.#state.active,
      resolve: async () => false,
      tokens: this.#tokens,
      limits: this.#limits,
      endpoints: this.#state.endpoints,
      transport: this.#transport,
      bodies: SOCKET_BODIES,
      clock,
      random,
      debug: false,
      onOutcome: this.#telemetry.onOutcome,
      tracing: this.#options.tracing,
      log: this.#log,
    });
    const log = this.#log;
    const admitted = admitInbound(this.#state);
    // Who can prove nothing takes no proofs either.
    const admit: Admit = (arrival, name) =>
      arrival === 'mesh-tls' && !this.#identity.valid ? undefined : admitted(arrival, name);
    const raw = {
      active: () => this.#state.active,
      endpoints: this.#state.endpoints,
      streams: this.#streams,
      onOpened: this.#telemetry.onOpened,
      onConnection: this.#telemetry.onConnection,
    };
    const { endpoints } = this.#state;
    const transport = this.#transport;
    const check = connectionChecks({ endpoints, transport, bodies: SOCKET_BODIES, clock, random });
    const connections = { ...raw, clock, random, log, check };
    const last = lastPorts(this.#directory);
    const openInbound = (port: number) =>
      listen({
        address,
        port,
        protocol: 'sniff',
        admit,
        handler,
        tcp: serveConnection(connections),
        keepsTcp: keepsConnection(connections),
        serverFirst: () => onlyPlaintextTcp(this.#state),
        ...this.#options.limits,
        log,
      });
    const openOutbound = (port: number) =>
      listen({
        address: '127.0.0.1',
        port,
        protocol: 'plaintext',
        admit: () => ({ direction: 'outbound', port, scheme: 'http' }),
        handler: withCredential(credential, withConnect(connections, handler)),
        maxConnections: this.#options.limits.maxConnections,
        log,
      });
    const inbound = await openPort(inboundPort, last.inbound, openInbound);
    const outbound = await openPort(outboundPort, last.outbound, openOutbound);
    this.#listeners = [inbound, outbound];
    this.#present();
    this.#identity.svids.onChange(() => this.#present());
    this.#identity.onExpired(() => this.#closeMesh());
    return { inbound, outbound };
  }

  /** Gives both ends of the data path the SVID and the roots of this moment. */
  #present(): void {
    const svid = this.#identity.svids.current();
    if (!svid) return;
    this.#transport.setIdentity(svid, this.#identity.bundle);
    this.#streams.setIdentity(svid, this.#identity.bundle);
    for (const listener of this.#listeners.slice(0, 1)) listener.setIdentity(svid, this.#identity.bundle);
  }

  /** Nothing can be proven any more: what stands on the old proof ends, new handshakes fail at the other end. */
  #closeMesh(): void {
    this.#present();
    for (const listener of this.#listeners.slice(0, 1)) listener.recheck();
  }

  #openAdmin(): Promise<number> {
    const status = proxyStatus(this.#state, this.#identity);
    const { admin } = lastPorts(this.#directory);
    return openPort(this.#options.adminPort, admin, (port) =>
      serveAdmin(port, status, this.#identity.svids, this.#telemetry),
    );
  }

  async #register(port: number): Promise<Registration> {
    const { namespace, workload } = this.#membership;
    const facts = { namespace, workload, address: this.#options.address, port, runtime: runtimeName() };
    const registration = new Registration(
      this.#identity.control,
      () => ({ ...facts, revision: this.#state.revision }),
      this.#log,
      this.#telemetry.instance,
    );
    await registration.begin();
    return registration;
  }
}
