import { Hono } from 'hono';
import type { MeshSettings } from '../src/config/compile/mesh-settings.ts';
import { Authority } from '../src/identity/authority/authority.ts';
import { JoinTokens } from '../src/identity/authority/join-token.ts';
import { SqliteStore } from '../src/runtime/store/sqlite.ts';
import { WranglerKv } from '../src/runtime/store/wrangler-kv.ts';
import { systemClock as clock, systemRandom as random } from '../src/runtime/system.ts';
import { systemLog } from '../src/runtime/system-log.ts';
import {
  generateSigningJwk,
  importSigningKey,
  type PrivateJwk,
  publicJwk,
} from '../src/snapshot/signing-key.ts';
import { Configuration } from './configuration.ts';
import { EndpointPublisher } from './endpoint-publisher.ts';
import { GatewayMirror } from './gateway-mirror.ts';
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

export interface Control {
  readonly app: Hono;
  readonly adminToken: string;
  /** Runs the periodic work; stops with the signal. */
  start(signal: AbortSignal): void;
}

/** Wires authority, store, registry and both APIs. `url` is asked when the first join bundle is minted. */
export async function createControl(options: ControlOptions, url: () => string): Promise<Control> {
  const log = systemLog('info');
  const state = new StateDirectory(options.state);
  const store = new SqliteStore(state.file('store.db'));
  const authority = await loadAuthority(state);
  const jwk: PrivateJwk = JSON.parse(
    await state.once('signing-key.json', async () => JSON.stringify(await generateSigningJwk())),
  );
  const key = await importSigningKey(jwk);
  const adminToken = Buffer.from(random.bytes(32)).toString('base64url');

  const mirror = new GatewayMirror(gatewayWriter(options), log);
  const publisher = new Publisher(store, mirror, key, mesh, clock, log);
  const registry = new Registry(clock, settings.trustDomain, leaseMs);
  const endpoints = new EndpointPublisher(store, mirror, key, clock, log);
  // After a restart the instances need a lease's time to be heard of; until then the old records stand.
  const openAt = clock.now() + (options.fresh ? 0 : leaseMs);
  const onEndpoints = async () => {
    if (clock.now() >= openAt) await endpoints.publish(registry.endpoints());
  };
  const configuration = new Configuration(new ResourceStore(store), publisher, settings, (resources) => {
    registry.configure(resources);
    void onEndpoints();
  });
  const tokens = new JoinTokens({ store, clock, random });
  const bundle = { trustDomain: settings.trustDomain, rootsPem: authority.bundle() };
  const trust = { mesh, bundle: () => bundle, clock, log };

  const app = new Hono();
  app.get('/healthz/ready', (context) => context.text('ok'));
  const joinTerms = {
    get control() {
      return url();
    },
    mesh,
    trustDomain: settings.trustDomain,
    rootHash: authority.rootHash(),
    signingKeys: [key.thumbprint],
  };
  app.route(
    '/v1/admin',
    operatorApi({ adminToken, configuration, publisher, registry, store, tokens, joinTerms, log }),
  );
  const signingKeys = [publicJwk(jwk)];
  const { svidTtlMs } = options;
  app.route(
    '/',
    workloadApi({ authority, tokens, registry, store, signingKeys, trust, log, svidTtlMs, onEndpoints }),
  );

  const every = (ms: number, task: () => Promise<unknown>, signal: AbortSignal) => {
    const timer = setInterval(() => {
      task().catch((error: unknown) => log.error('periodic work failed', { error: String(error) }));
    }, ms);
    signal.addEventListener('abort', () => clearInterval(timer));
  };
  registry.configure(await configuration.resources());
  return {
    app,
    adminToken,
    start(signal) {
      every(sweepEveryMs, async () => (registry.sweep() ? onEndpoints() : undefined), signal);
      every(renewEveryMs, async () => Promise.all([configuration.republish(), tokens.sweep()]), signal);
    },
  };
}

async function loadAuthority(state: StateDirectory): Promise<Authority> {
  const ports = { clock, random };
  const material = await state.once('authority.json', async () => {
    const created = await Authority.create({ ...ports, trustDomain: settings.trustDomain });
    return JSON.stringify(created.export());
  });
  return Authority.load(JSON.parse(material), ports);
}

function gatewayWriter({ gatewayConfig, gatewayPersist }: ControlOptions): WranglerKv | undefined {
  if (gatewayConfig === undefined) return undefined;
  return new WranglerKv({
    config: gatewayConfig,
    ...(gatewayPersist === undefined ? {} : { persistTo: gatewayPersist }),
  });
}
