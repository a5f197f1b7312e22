import { Hono } from 'hono';
import { defaultMeshSettings as settings } from '../src/config/compile/mesh-settings.ts';
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
import { EndpointUpkeep } from './endpoint-upkeep.ts';
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
  readonly #endpoints: EndpointUpkeep;
  readonly #configuration: Configuration;
  readonly #tokens: JoinTokens;
  /** Whether the registry knows every stored document. */
  #whole = false;

  private constructor(
    options: ControlOptions,
    store: SqliteStore,
    authority: Authority,
    signing: { readonly key: SigningKey; readonly jwk: PublicJwk },
  ) {
    const writer = gatewayWriter(options);
    this.#mirror = new GatewayMirror(writer, clock, log);
    this.#options = options;
    this.#store = store;
    this.#authority = authority;
    this.#signing = signing;
    this.#publisher = new Publisher(store, this.#mirror, signing.key, mesh, clock, log);
    const endpoints = new EndpointPublisher(store, this.#mirror, signing.key, clock, log);
    this.#endpoints = new EndpointUpkeep({
      registry: this.#registry,
      publish: (found) => endpoints.publish(found),
      clock,
      from: clock.monotonic() + (options.fresh ? 0 : leaseMs),
      whole: () => this.#whole,
    });
    this.#configuration = new Configuration(
      new ResourceStore(store),
      this.#publisher,
      settings,
      (resources) => {
        this.#whole = true;
        this.#registry.configure(resources);
        this.#inBackground(this.#endpoints.changed());
      },
      log,
    );
    this.#tokens = new JoinTokens({ store, clock, random });
  }

  /** Opens the state directory, and makes its keys when there are none. */
  static async open(options: ControlOptions): Promise<Control> {
    const state = new StateDirectory(options.state);
    const authority = await loadAuthority(state, settings.trustDomain, { clock, random });
    const store = new SqliteStore(state.file('store.db'));
    const control = new Control(options, store, authority, await loadSigningKey(state));
    const { resources, unreadable } = await control.#configuration.stored();
    control.#registry.configure(resources);
    control.#whole = unreadable.size === 0;
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

  /** Brings what is published up to date with this program, then runs the periodic work until the signal. */
  start(signal: AbortSignal): void {
    const every = (ms: number, task: () => Promise<unknown>) => {
      const timer = setInterval(() => this.#inBackground(task()), ms);
      signal.addEventListener('abort', () => clearInterval(timer));
    };
    every(sweepEveryMs, () => this.#endpoints.sweep());
    every(renewEveryMs, () => Promise.all([this.#republish(), this.#tokens.sweep()]));
    this.#inBackground(this.#republish());
  }

  async close(): Promise<void> {
    this.#publisher.close();
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
      onEndpoints: () => this.#endpoints.changed(),
      log,
    });
  }

  /** Before the first publication there is nothing to renew. */
  async #republish(): Promise<void> {
    if (!(await this.#publisher.current())) return;
    const { revision, diagnostics } = await this.#configuration.republish();
    const reasons = diagnostics.filter(({ severity }) => severity === 'error').map(({ message }) => message);
    if (revision === undefined) log.error('configuration not republished', { reasons });
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
