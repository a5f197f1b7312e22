import { join } from 'node:path';
import { Hono } from 'hono';
import { defaultMeshSettings as settings } from '../src/config/compile/mesh-settings.ts';
import { forgetSecrets } from '../src/runtime/store/key-protection.ts';
import { SqliteStore } from '../src/runtime/store/sqlite.ts';
import { StateDirectory } from '../src/runtime/store/state-directory.ts';
import { systemClock as clock, systemRandom as random } from '../src/runtime/system.ts';
import { systemLog } from '../src/runtime/system-log.ts';
import type { PublicJwk, SigningKey } from '../src/snapshot/signing-key.ts';
import type { ProofTrust } from './admission.ts';
import { type Attestation, openAttestation } from './attest/open-attestation.ts';
import { BlobCollector } from './blob-collector.ts';
import { CertificateAuthority } from './ca/certificate-authority.ts';
import { type TrustContent, TrustPublisher } from './ca/trust-publisher.ts';
import { Configuration } from './configuration.ts';
import { Credentials } from './credentials.ts';
import { dashboardFiles } from './dashboard-files.ts';
import { EndpointPublisher } from './endpoint-publisher.ts';
import { EndpointUpkeep } from './endpoint-upkeep.ts';
import { GatewayMirror } from './gateway-mirror.ts';
import { gatewayWriter } from './gateway-writer.ts';
import { History } from './history/history.ts';
import { joinTermsOf } from './join-terms.ts';
import { loadSigningKey } from './keys.ts';
import { GatewayPull } from './observe/gateway-pull.ts';
import { Observation } from './observe/observation.ts';
import { ProxyTable } from './observe/proxy-table.ts';
import { reportApi } from './observe/report-api.ts';
import { operatorApi } from './operator-api.ts';
import type { ControlOptions } from './options.ts';
import { type PeriodicTask, workPeriodically } from './periodic-work.ts';
import { hasProofKeys, ProofKeys } from './proof-keys.ts';
import { Publisher } from './publisher.ts';
import { Registry } from './registry.ts';
import { ResourceStore } from './resource-store.ts';
import { SecretSeal } from './secret-seal.ts';
import { workloadApi } from './workload-api.ts';

/** The mesh's own name; manifests and proofs are made for it alone. */
const mesh = 'weft';

/** An instance that was not heard of for this long has no endpoint any more, ms. */
const leaseMs = 15_000;
const sweepEveryMs = 1000;
const certifyEveryMs = 2000;
/** As often as other proxies report. */
const pullEveryMs = 5000;
const renewEveryMs = 60 * 60 * 1000;

const log = systemLog('info');

/** The control plane of one mesh: authority, registry, configuration and its publication, behind two APIs. */
export class Control {
  readonly adminToken = Buffer.from(random.bytes(32)).toString('base64url');
  readonly #options: ControlOptions;
  readonly #store: SqliteStore;
  readonly #ca: CertificateAuthority;
  readonly #signing: { readonly key: SigningKey; readonly jwk: PublicJwk };
  readonly #registry = new Registry(clock, settings.trustDomain, leaseMs);
  readonly #mirror: GatewayMirror;
  readonly #publisher: Publisher;
  readonly #endpoints: EndpointUpkeep;
  readonly #history: History;
  readonly #proxies: ProxyTable;
  readonly #configuration: Configuration;
  readonly #collector: BlobCollector;
  readonly #credentials: Credentials;
  readonly #attestation: Attestation;
  readonly #proofKeys: ProofKeys;
  /** Of the trust record that is published; 0 before the first. */
  #trustSequence = 0;
  /** Whether the registry knows every stored document. */
  #whole = false;

  private constructor(
    options: ControlOptions,
    store: SqliteStore,
    ca: CertificateAuthority,
    proxies: ProxyTable,
    signing: { readonly key: SigningKey; readonly jwk: PublicJwk },
    seal: SecretSeal,
    attestation: Attestation,
  ) {
    const writer = gatewayWriter(options);
    this.#mirror = new GatewayMirror(writer, clock, log);
    this.#options = options;
    this.#store = store;
    this.#ca = ca;
    this.#proxies = proxies;
    this.#signing = signing;
    const sequence = () => this.#trustSequence;
    this.#publisher = new Publisher(store, this.#mirror, signing.key, mesh, clock, log, sequence);
    const endpoints = new EndpointPublisher(store, this.#mirror, signing.key, clock, log);
    this.#endpoints = new EndpointUpkeep({
      registry: this.#registry,
      publish: (found) => endpoints.publish(found),
      clock,
      from: clock.monotonic() + (options.fresh ? 0 : leaseMs),
      whole: () => this.#whole,
    });
    this.#history = new History(store, seal);
    this.#configuration = new Configuration(
      new ResourceStore(store, seal),
      this.#publisher,
      this.#history,
      settings,
      (resources) => {
        this.#whole = true;
        this.#credentials.configure(resources);
        this.#registry.configure(resources);
        this.#inBackground(this.#endpoints.changed());
        this.#inBackground(this.#configuration.undisturbed(() => this.#collector.collect()));
      },
      log,
    );
    const trust = { mesh, keys: [signing.key] };
    this.#collector = new BlobCollector({
      store,
      history: this.#history,
      mirror: this.#mirror,
      trust,
      clock,
      log,
    });
    this.#credentials = new Credentials({ publisher: this.#publisher, store });
    this.#attestation = attestation;
    this.#proofKeys = new ProofKeys({
      authority: ca.authority,
      store,
      mirror: this.#mirror,
      clock,
      log,
      ttlMs: options.svidTtlMs,
      isDenied: attestation.isDenied,
    });
  }

  /** Opens the state directory, and makes its keys when there are none. */
  static async open(options: ControlOptions): Promise<Control> {
    const state = new StateDirectory(options.state);
    const store = new SqliteStore(state.file('store.db'));
    const proxies = new ProxyTable(clock);
    const ca = await CertificateAuthority.open({
      ...{ state, store, clock, random, log },
      trustDomain: settings.trustDomain,
      plugIn: options.caCertificates,
      env: process.env,
      known: () => proxies.known,
      signers: () => hasProofKeys(store),
    });
    forgetSecrets(process.env);
    const ownKeys = { state, kek: ca.ownKek, random };
    const seal = await SecretSeal.load(ownKeys);
    const attestation = await openAttestation(options, {
      ...{ state, store, clock, random, log },
      trustDomain: settings.trustDomain,
      roots: () => ca.authority.bundle(),
      isDenied: ca.isDenied,
      kek: ca.kek,
    });
    const signing = await loadSigningKey(ownKeys);
    const control = new Control(options, store, ca, proxies, signing, seal, attestation);
    const renew = () => control.#proofKeys.upkeep();
    const trust = new TrustPublisher(store, control.#mirror, signing.key, clock, log, renew);
    await ca.publishBy((content) => control.#publishTrust(trust, content));
    const { resources, unreadable } = await control.#configuration.stored();
    control.#registry.configure(resources);
    control.#credentials.configure(resources);
    control.#whole = unreadable.size === 0;
    return control;
  }

  /** Both APIs. `url` is where workloads reach them; join bundles say it. */
  app(url: string): Hono {
    const app = new Hono();
    app.get('/healthz/ready', (context) => context.text('ok'));
    app.route('/v1/admin', this.#operatorApi(url));
    for (const path of ['/', '/dashboard']) app.get(path, (context) => context.redirect('/dashboard/'));
    app.route('/dashboard/', dashboardFiles(join(import.meta.dirname, '..')));
    app.route('/', reportApi({ proxies: this.#proxies, registry: this.#registry, trust: this.#trust() }));
    app.route('/', this.#workloadApi());
    return app;
  }

  /** Brings what is published up to date with this program, then runs the periodic work until the signal. */
  start(signal: AbortSignal): void {
    const { pulled } = this.#options;
    const pull = pulled && new GatewayPull(pulled, this.#proxies, log);
    const certify = () => this.#inBackground(this.#proofKeys.upkeep());
    const renew = () => Promise.all([this.#republish(), this.#attestation.upkeep(), this.#ca.upkeep()]);
    const tasks: PeriodicTask[] = [
      [sweepEveryMs, () => this.#inBackground(this.#endpoints.sweep())],
      [certifyEveryMs, certify],
      [renewEveryMs, () => this.#inBackground(renew())],
    ];
    if (pull) tasks.push([pullEveryMs, () => this.#inBackground(pull.pull())]);
    workPeriodically(tasks, signal);
    certify();
    this.#inBackground(this.#republish());
  }

  async close(): Promise<void> {
    this.#publisher.close();
    await this.#mirror.close();
    this.#store.close();
  }

  #operatorApi(url: string) {
    const { authority } = this.#ca;
    const signingKeys = [this.#signing.key.thumbprint];
    return operatorApi({
      adminToken: this.adminToken,
      configuration: this.#configuration,
      history: this.#history,
      observation: this.#observation(),
      status: {
        mesh,
        signingKeys,
        roots: () => authority.bundle(),
        clock,
        configuration: this.#configuration,
        publisher: this.#publisher,
        registry: this.#registry,
      },
      publisher: this.#publisher,
      mirror: this.#mirror,
      registry: this.#registry,
      store: this.#store,
      tokens: this.#attestation.tokens,
      proofKeys: this.#proofKeys,
      ca: this.#ca,
      clock,
      joinTerms: () => joinTermsOf(authority, { control: url, mesh, signingKeys }),
      log,
    });
  }

  #observation(): Observation {
    return new Observation({
      proxies: this.#proxies,
      registry: this.#registry,
      publisher: this.#publisher,
      history: this.#history,
      store: this.#store,
      keys: [this.#signing.key],
      clock,
    });
  }

  #trust(): ProofTrust {
    return { mesh, bundle: this.#ca.bundle, clock, log };
  }

  #workloadApi() {
    return workloadApi({
      ...this.#attestation,
      authority: this.#ca.authority,
      gate: this.#ca.gate,
      budget: this.#ca.budget,
      registry: this.#registry,
      store: this.#store,
      credentials: this.#credentials,
      signingKeys: [this.#signing.jwk],
      trust: this.#trust(),
      clock,
      svidTtlMs: this.#options.svidTtlMs,
      edgeDomain: this.#options.edgeDomain,
      onEndpoints: () => this.#endpoints.changed(),
      onLeft: (instance) => this.#proxies.forget(instance),
      log,
    });
  }

  /** Manifests say how new it is, so that nobody can put an older one in its place. */
  async #publishTrust(trust: TrustPublisher, content: TrustContent): Promise<void> {
    const before = this.#trustSequence;
    this.#trustSequence = await trust.publish(content);
    if (before !== 0 && before !== this.#trustSequence) this.#inBackground(this.#republish());
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
