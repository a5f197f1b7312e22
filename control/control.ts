import { Hono } from 'hono';
import type { MeshSettings } from '../src/config/compile/mesh-settings.ts';
import type { Authority } from '../src/identity/authority/authority.ts';
import { JoinTokens } from '../src/identity/authority/join-token.ts';
import { LocalKv } from '../src/runtime/store/local-kv.ts';
import { SqliteStore } from '../src/runtime/store/sqlite.ts';
import { WranglerKv } from '../src/runtime/store/wrangler-kv.ts';
import { systemClock as clock, systemRandom as random } from '../src/runtime/system.ts';
import { systemLog } from '../src/runtime/system-log.ts';
import type { PublicJwk, SigningKey } from '../src/snapshot/signing-key.ts';
import { Configuration } from './configuration.ts';
import { EndpointPublisher } from './endpoint-publisher.ts';
import { GatewayMirror } from './gateway-mirror.ts';
import { loadAuthority, loadSigningKey } from './keys.ts';
import { operatorApi } from './operator-api.ts';
import type { ControlOptions } from './options.ts';
import { Publisher } from './publisher.ts';
import { Registry } from './registry.ts';
import { ResourceStore } from './resource-store.ts';
import { StateDirectory } from './state-directory.ts';
import { workloadApi } from './workload-api.ts';

/** The mesh's own name; manifests and proofs are made for it alone. */
const mesh = 'weft';

/** Istio's defaults. */
const settings: MeshSettings = {
  trustDomain: 'cluster.local',
  rootNamespace: 'istio-system',
  pathNormalization: 'BASE',
  outboundTrafficPolicy: 'ALLOW_ANY',
};

/** An instance that was not heard of for this long has no endpoint any more, ms. */
const leaseMs = 15_000;
const sweepEveryMs = 1000;
const renewEveryMs = 60 * 60 * 1000;

const log = systemLog('info');

/** The control plane of one mesh: authority, registry, configuration and its publication, behind two APIs. */
export class Control {
  readonly adminToken = Buffer.from(random.bytes(32)).toString('base64url');
  readonly #options: ControlOptions;
  readonly #store: SqliteStore;
  readonly #authority: Authority;
  readonly #signing: { readonly key: SigningKey; readonly jwk: PublicJwk };
  readonly #registry = new Registry(clock, settings.trustDomain, leaseMs);
  readonly #mirror: GatewayMirror;
  readonly #publisher: Publisher;
  readonly #endpoints: EndpointPublisher;
  readonly #configuration: Configuration;
  readonly #tokens: JoinTokens;
  /** Until then the endpoint records of an earlier run stand: its instances need a lease's time to be heard. */
  readonly #endpointsFrom: number;

  private constructor(
    options: ControlOptions,
    store: SqliteStore,
    authority: Authority,
    signing: { readonly key: SigningKey; readonly jwk: PublicJwk },
  ) {
    const writer = gatewayWriter(options);
    this.#mirror = new GatewayMirror(writer, log);
    this.#options = options;
    this.#store = store;
    this.#authority = authority;
    this.#signing = signing;
    this.#publisher = new Publisher(store, this.#mirror, signing.key, mesh, clock, log);
    this.#endpoints = new EndpointPublisher(store, this.#mirror, signing.key, clock, log);
    this.#configuration = new Configuration(
      new ResourceStore(store),
      this.#publisher,
      settings,
      (resources) => {
        this.#registry.configure(resources);
        this.#inBackground(this.#publishEndpoints());
      },
    );
    this.#tokens = new JoinTokens({ store, clock, random });
    this.#endpointsFrom = clock.now() + (options.fresh ? 0 : leaseMs);
  }

  /** Opens the state directory, and makes its keys when there are none. */
  static async open(options: ControlOptions): Promise<Control> {
    const state = new StateDirectory(options.state);
    const authority = await loadAuthority(state, settings.trustDomain, { clock, random });
    const store = new SqliteStore(state.file('store.db'));
    const control = new Control(options, store, authority, await loadSigningKey(state));
    control.#registry.configure(await control.#configuration.resources());
    return control;
  }

  /** Both APIs. `url` is where workloads reach them; join bundles say it. */
  app(url: string): Hono {
    const app = new Hono();
    app.get('/healthz/ready', (context) => context.text('ok'));
    app.route('/v1/admin', this.#operatorApi(url));
    app.route('/', this.#workloadApi());
    return app;
  }

  /** Runs the periodic work until the signal. */
  start(signal: AbortSignal): void {
    const every = (ms: number, task: () => Promise<unknown>) => {
      const timer = setInterval(() => this.#inBackground(task()), ms);
      signal.addEventListener('abort', () => clearInterval(timer));
    };
    every(sweepEveryMs, async () => (this.#registry.sweep() ? this.#publishEndpoints() : undefined));
    every(renewEveryMs, () => Promise.all([this.#configuration.republish(), this.#tokens.sweep()]));
  }

  async close(): Promise<void> {
    await this.#mirror.close();
    this.#store.close();
  }

  #operatorApi(url: string) {
    const joinTerms = {
      control: url,
      mesh,
      trustDomain: settings.trustDomain,
      rootHash: this.#authority.rootHash(),
      signingKeys: [this.#signing.key.thumbprint],
    };
    return operatorApi({
      adminToken: this.adminToken,
      configuration: this.#configuration,
      publisher: this.#publisher,
      mirror: this.#mirror,
      registry: this.#registry,
      store: this.#store,
      tokens: this.#tokens,
      joinTerms,
      log,
    });
  }

  #workloadApi() {
    const bundle = { trustDomain: settings.trustDomain, rootsPem: this.#authority.bundle() };
    return workloadApi({
      authority: this.#authority,
      tokens: this.#tokens,
      registry: this.#registry,
      store: this.#store,
      signingKeys: [this.#signing.jwk],
      trust: { mesh, bundle: () => bundle, clock, log },
      clock,
      svidTtlMs: this.#options.svidTtlMs,
      onEndpoints: () => this.#publishEndpoints(),
      log,
    });
  }

  async #publishEndpoints(): Promise<void> {
    if (clock.now() >= this.#endpointsFrom) await this.#endpoints.publish(this.#registry.endpoints());
  }

  #inBackground(task: Promise<unknown>): void {
    task.catch((error: unknown) => log.error('background work failed', { error: String(error) }));
  }
}

function gatewayWriter({
  gatewayConfig: config,
  gatewayPersist,
}: ControlOptions): LocalKv | WranglerKv | undefined {
  if (config === undefined) return undefined;
  return gatewayPersist === undefined
    ? new WranglerKv({ config })
    : new LocalKv({ config, persistTo: gatewayPersist });
}
