import { type JoinBundle, parseJoinBundle } from '../src/identity/join-bundle.ts';
import { formatSpiffeId } from '../src/identity/spiffe.ts';
import { serve } from '../src/proxy/serve.ts';
import { withConnect } from '../src/proxy/serve-connect.ts';
import { serveConnection } from '../src/proxy/serve-connection.ts';
import { serveAdmin } from '../src/runtime/control/admin-server.ts';
import { ControlStore } from '../src/runtime/control/control-store.ts';
import { WorkloadIdentity } from '../src/runtime/control/workload-identity.ts';
import { type Listening, listen } from '../src/runtime/sockets/listener.ts';
import { SOCKET_BODIES } from '../src/runtime/sockets/socket-bodies.ts';
import { SocketsTransport } from '../src/runtime/sockets/sockets-transport.ts';
import { TcpTransport } from '../src/runtime/sockets/tcp-upstream.ts';
import { systemClock as clock, systemRandom as random } from '../src/runtime/system.ts';
import { systemLog } from '../src/runtime/system-log.ts';
import { follow } from '../src/snapshot/follow.ts';
import { pinnedKeys } from '../src/snapshot/pinned-keys.ts';
import type { VerifyingKey } from '../src/snapshot/signing-key.ts';
import { Subscriber } from '../src/snapshot/subscribe.ts';
import { targetName } from '../src/snapshot/target.ts';
import { admitInbound, onlyPlaintextTcp, stillAdmitted } from './admit-inbound.ts';
import { depart } from './departure.ts';
import type { SidecarOptions } from './options.ts';
import { withCredential } from './proxy-credential.ts';
import { ProxyState } from './proxy-state.ts';
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
  readonly #join: JoinBundle;
  readonly #identity: WorkloadIdentity;
  readonly #state: ProxyState;
  readonly #transport = new SocketsTransport();
  readonly #streams = new TcpTransport();
  readonly #stopped = new AbortController();
  readonly #log = systemLog('info');
  readonly #lost = Promise.withResolvers<Error>();
  #listeners: readonly Listening[] = [];
  #registration: Registration | undefined;

  private constructor(options: SidecarOptions, join: JoinBundle, identity: WorkloadIdentity) {
    this.#options = options;
    this.#join = join;
    this.#identity = identity;
    this.#state = new ProxyState(options.appPort);
  }

  /** Joins the mesh with the text of a join bundle. */
  static async join(options: SidecarOptions, bundleText: string): Promise<Sidecar> {
    const join = parseJoinBundle(bundleText);
    return new Sidecar(options, join, await WorkloadIdentity.join(join, clock, random, systemLog('info')));
  }

  /** Resolves when the workload has lost its identity for good, and the process is of no use any more. */
  get lost(): Promise<Error> {
    return this.#lost.promise;
  }

  /** Loads the first snapshot, opens the ports, and only then registers: nobody is sent to a closed door. */
  async start(): Promise<Ready> {
    const store = new ControlStore(this.#identity.control, clock, this.#log);
    const answer = await this.#identity.control.callJson({ method: 'GET', path: '/v1/keys' });
    const subscriber = this.#subscriber(store, await pinnedKeys(answer, this.#join.signingKeys));
    await subscriber.refresh();
    if (!this.#state.active) throw new Error('control has no configuration for this workload');
    const { inbound, outbound } = await this.#listen();
    const admin = await serveAdmin(this.#options.adminPort, this.#state, this.#identity.svids);
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
  }

  /** Closes everything now. */
  async kill(): Promise<void> {
    this.#stopped.abort();
    await Promise.all(this.#listeners.map((listener) => listener.close()));
    this.#transport.close();
  }

  #subscriber(store: ControlStore, keys: readonly VerifyingKey[]): Subscriber {
    const { mesh, namespace, workload } = this.#join;
    return new Subscriber({
      store,
      mesh,
      keys,
      target: targetName({ kind: 'sidecar', namespace, name: workload }),
      minimumRevision: 1,
      onSnapshot: (snapshot, revision) => {
        this.#state.activate(snapshot, revision);
        for (const listener of this.#listeners.slice(0, 1)) listener.recheck(stillAdmitted(this.#state));
        this.#log.info('snapshot activated', { revision });
        this.#registration
          ?.announce()
          .catch((error: unknown) => this.#log.warn('revision not announced', { error }));
      },
      onEndpoints: (record) => void this.#state.endpoints.update(record),
      onReject: (code, detail) => this.#log.warn('configuration refused', { code, detail }),
    });
  }

  async #listen(): Promise<{ inbound: Listening; outbound: Listening }> {
    const { address, inboundPort, outboundPort, credential } = this.#options;
    const handler = serve({
      active: () => this.#state.active,
      resolve: async () => false,
      endpoints: this.#state.endpoints,
      transport: this.#transport,
      bodies: SOCKET_BODIES,
      clock,
      random,
      debug: false,
      log: this.#log,
    });
    const log = this.#log;
    const admit = admitInbound(this.#state);
    const raw = {
      active: () => this.#state.active,
      endpoints: this.#state.endpoints,
      streams: this.#streams,
    };
    const connections = { ...raw, clock, random, log };
    const inbound = await listen({
      address,
      port: inboundPort,
      protocol: 'sniff',
      admit,
      handler,
      tcp: serveConnection(connections),
      serverFirst: () => onlyPlaintextTcp(this.#state),
      log,
    });
    const outbound = await listen({
      address: '127.0.0.1',
      port: outboundPort,
      protocol: 'plaintext',
      admit: () => ({ direction: 'outbound', port: outboundPort, scheme: 'http' }),
      handler: withCredential(credential, withConnect(connections, handler)),
      log,
    });
    this.#listeners = [inbound, outbound];
    this.#present();
    this.#identity.svids.onChange(() => this.#present());
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

  async #register(port: number): Promise<Registration> {
    const { namespace, workload } = this.#join;
    const facts = { namespace, workload, address: this.#options.address, port, runtime: runtimeName() };
    const registration = new Registration(
      this.#identity.control,
      () => ({ ...facts, revision: this.#state.revision }),
      this.#log,
    );
    await registration.announce();
    return registration;
  }
}

/** `deno 2.9.6`, `bun 1.4.5` or `node 26.10.0`. */
function runtimeName(): string {
  const { deno, bun, node } = process.versions;
  if (deno) return `deno ${deno}`;
  return bun ? `bun ${bun}` : `node ${node}`;
}
