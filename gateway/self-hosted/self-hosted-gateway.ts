import { type JoinBundle, parseJoinBundle } from '../../src/identity/join-bundle.ts';
import { formatSpiffeId } from '../../src/identity/spiffe.ts';
import { serve } from '../../src/proxy/serve.ts';
import { serveConnection } from '../../src/proxy/serve-connection.ts';
import { serveAdmin } from '../../src/runtime/control/admin-server.ts';
import { ControlStore } from '../../src/runtime/control/control-store.ts';
import { WorkloadIdentity } from '../../src/runtime/control/workload-identity.ts';
import { GatewayPortSet } from '../../src/runtime/sockets/gateway-port-set.ts';
import { SOCKET_BODIES } from '../../src/runtime/sockets/socket-bodies.ts';
import { SocketsTransport } from '../../src/runtime/sockets/sockets-transport.ts';
import { TcpTransport } from '../../src/runtime/sockets/tcp-upstream.ts';
import { systemClock as clock, systemRandom as random } from '../../src/runtime/system.ts';
import { systemLog } from '../../src/runtime/system-log.ts';
import { follow } from '../../src/snapshot/follow.ts';
import { pinnedKeys } from '../../src/snapshot/pinned-keys.ts';
import type { VerifyingKey } from '../../src/snapshot/signing-key.ts';
import { Subscriber } from '../../src/snapshot/subscribe.ts';
import { targetName } from '../../src/snapshot/target.ts';
import { GatewayState } from './gateway-state.ts';
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
  readonly #join: JoinBundle;
  readonly #identity: WorkloadIdentity;
  readonly #state = new GatewayState();
  readonly #transport = new SocketsTransport();
  readonly #streams = new TcpTransport();
  readonly #ports: GatewayPortSet;
  readonly #stopped = new AbortController();
  readonly #lost = Promise.withResolvers<Error>();

  private constructor(options: GatewayOptions, join: JoinBundle, identity: WorkloadIdentity) {
    this.#options = options;
    this.#join = join;
    this.#identity = identity;
    this.#ports = this.#portSet();
  }

  /** Joins the mesh with the text of a join bundle. */
  static async join(options: GatewayOptions, bundleText: string): Promise<SelfHostedGateway> {
    const join = parseJoinBundle(bundleText);
    return new SelfHostedGateway(options, join, await WorkloadIdentity.join(join, clock, random, log));
  }

  /** Resolves when the gateway has lost its identity for good, and the process is of no use any more. */
  get lost(): Promise<Error> {
    return this.#lost.promise;
  }

  /** Loads the first snapshot and opens its ports. */
  async start(): Promise<GatewayReady> {
    const { control, svids } = this.#identity;
    const store = new ControlStore(control, clock, log);
    const keySet = await control.callJson({ method: 'GET', path: '/v1/keys' });
    this.#present();
    svids.onChange(() => this.#present());
    const subscriber = this.#subscriber(store, await pinnedKeys(keySet, this.#join.signingKeys));
    await subscriber.refresh();
    if (!this.#state.active) throw new Error('control has no configuration for this gateway');
    await this.#ports.apply(drainMs);
    const admin = await serveAdmin(this.#options.adminPort, this.#state, svids);
    const { signal } = this.#stopped;
    void follow(subscriber, store, clock, {
      random,
      intervalMs: () => (store.watching ? watchedPollMs : pollMs),
      signal,
      onExpired: (expires) => log.error('publication expired', { expires: new Date(expires).toISOString() }),
    });
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
  }

  /** Closes everything now. */
  kill(): void {
    this.#stopped.abort();
    this.#ports.close();
    this.#transport.close();
  }

  #subscriber(store: ControlStore, keys: readonly VerifyingKey[]): Subscriber {
    const { mesh, namespace, workload } = this.#join;
    return new Subscriber({
      store,
      mesh,
      keys,
      target: targetName({ kind: 'gateway', namespace, name: workload }),
      minimumRevision: 1,
      onSnapshot: (snapshot, revision) => {
        this.#state.activate(snapshot, revision);
        void this.#ports.apply(drainMs);
        log.info('snapshot activated', { revision });
      },
      onEndpoints: (record) => void this.#state.endpoints.update(record),
      onReject: (code, detail) => log.warn('configuration refused', { code, detail }),
    });
  }

  #portSet(): GatewayPortSet {
    const { address, bind, debug } = this.#options;
    const active = () => this.#state.active;
    const parts = { active, endpoints: this.#state.endpoints, clock, random, log };
    const requests = { resolve: async () => false, transport: this.#transport, bodies: SOCKET_BODIES };
    const revision = () => String(this.#state.revision);
    return new GatewayPortSet({
      address,
      ports: () => active()?.gatewayPorts,
      bind: (serverPort) => bind.get(serverPort) ?? serverPort,
      handler: serve({ ...parts, ...requests, debug, revision }),
      tcp: serveConnection({ ...parts, streams: this.#streams }),
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
