import { parseAllowedHosts } from '../src/identity/jwt/key-address.ts';
import { type ActiveSnapshot, activate } from '../src/proxy/activate.ts';
import type { Peer } from '../src/proxy/decide/connection.ts';
import { uuid } from '../src/proxy/decide/uuid.ts';
import type { Handler } from '../src/proxy/exchange.ts';
import { EndpointTable } from '../src/proxy/forward/endpoint-table.ts';
import { RateLimiter } from '../src/proxy/limits/rate-limiter.ts';
import { serve } from '../src/proxy/serve.ts';
import { addParts, loadHost, shardReader } from '../src/proxy/shard-use.ts';
import { accessLogFormat } from '../src/proxy/telemetry/access-log.ts';
import { Telemetry } from '../src/proxy/telemetry/telemetry.ts';
import { tracingOf } from '../src/proxy/telemetry/tracing.ts';
import { VERSION } from '../src/proxy/telemetry/version.ts';
import { TokenAuthenticator } from '../src/proxy/token-authenticator.ts';
import { consoleAccessLog, consoleLog as log } from '../src/runtime/fetch/console-log.ts';
import { FETCH_BODIES } from '../src/runtime/fetch/fetch-bodies.ts';
import type { FetchBody } from '../src/runtime/fetch/fetch-exchange.ts';
import { fetchKeys } from '../src/runtime/fetch/fetch-keys.ts';
import { FetchTransport } from '../src/runtime/fetch/fetch-transport.ts';
import type { SigningParts } from '../src/runtime/fetch/signed-fetch.ts';
import { BoundLimits, parseLimitBindings } from '../src/runtime/store/bound-limits.ts';
import { DurableLimits } from '../src/runtime/store/durable-limits.ts';
import { KvStore } from '../src/runtime/store/kv.ts';
import { systemClock as clock, systemRandom as random } from '../src/runtime/system.ts';
import { importVerifyingKey, type PublicJwk, type VerifyingKey } from '../src/snapshot/signing-key.ts';
import { Subscriber } from '../src/snapshot/subscribe.ts';
import { ClientTrust } from './client-trust.ts';
import { type Environment, type ExecutionContext, wholeNumber } from './environment.ts';
import { ProofKeeper } from './proof-keeper.ts';

/** A look at the store older than this many poll intervals is renewed before a request is decided. */
const staleIntervals = 2;

/** What is in force in this isolate. */
interface State {
  active: ActiveSnapshot | undefined;
  readonly endpoints: EndpointTable;
}

/**
 * One isolate's gateway. Its snapshot outlives requests; every look at KV happens inside a request, because
 * a Worker may do nothing between them, and none waits for another request's I/O.
 */
export class Gateway {
  readonly #pollMs: number;
  readonly #subscriber: Subscriber;
  /** Workers have no mutual TLS with SVIDs. */
  readonly #state: State;
  /** What requests to sidecars are signed with; undefined = they go in plaintext. */
  readonly #proof: ProofKeeper | undefined;
  readonly #clients: ClientTrust;
  readonly #handle: Handler<FetchBody>;
  readonly telemetry: Telemetry;
  readonly #tokens: TokenAuthenticator;
  readonly #limits: RateLimiter;
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(environment: Environment, keys: readonly VerifyingKey[]) {
    this.#pollMs = wholeNumber(environment, 'WEFT_POLL_MS');
    this.#proof = proofKeeper(environment);
    const store = configStore(environment);
    const least = () => this.#subscriber.manifest?.trustSequence ?? 0;
    this.#clients = new ClientTrust({ store, keys, least, pollMs: this.#pollMs, clock, log });
    const edge = this.#proof !== undefined;
    this.#state = { active: undefined, endpoints: new EndpointTable({ plaintext: true, edge }) };
    this.#subscriber = this.#subscribe(environment, keys);
    this.telemetry = this.#telemetry(environment);
    this.#tokens = tokensOf(environment);
    this.#limits = new RateLimiter({ store: limitStore(environment), clock, log });
    this.#handle = serve<FetchBody>({
      active: () => this.#state.active,
      // A cold isolate has no snapshot: its first requests load it, and each the shard of its host.
      resolve: async (ask) => {
        if (ask.wanted !== undefined) return loadHost(ask, this.#state, this.#subscriber);
        await this.#look();
        return this.#state.active !== undefined;
      },
      tokens: this.#tokens,
      limits: this.#limits,
      endpoints: this.#state.endpoints,
      transport: new FetchTransport((input, init) => fetch(input, init), this.#signing()),
      bodies: FETCH_BODIES,
      clock,
      random,
      debug: environment.WEFT_DEBUG === '1',
      revision: () => String(this.revision),
      onOutcome: this.telemetry.onOutcome,
      tracing: tracingOf(environment.WEFT_TRACE_SAMPLING),
      log,
    });
  }

  /** Rejects when WEFT_SIGNING_KEYS pins no key, or a number is none: nothing would be verified as it should be. */
  static async create(environment: Environment): Promise<Gateway> {
    const { keys } = JSON.parse(environment.WEFT_SIGNING_KEYS) as { keys: readonly PublicJwk[] };
    if (keys.length === 0) throw new Error('WEFT_SIGNING_KEYS pins no key');
    return new Gateway(environment, await Promise.all(keys.map((jwk) => importVerifyingKey(jwk))));
  }

  /** 0 before the first snapshot. */
  get revision(): number {
    return this.#subscriber.revision;
  }

  get handle(): Handler<FetchBody> {
    return this.#handle;
  }

  /** Who a client is by the certificate that it showed to the edge (`request.cf.tlsClientAuth`). Never rejects. */
  clientPeer(tlsClientAuth: unknown): Promise<Peer | undefined> {
    return this.#clients.peer(tlsClientAuth, this.#state.active?.snapshot);
  }

  /** Looks at the store when the last look is old: aside from the request, or before it when it is very old. */
  async keepCurrent(context: ExecutionContext): Promise<void> {
    const age = clock.now() - this.#lookedAt;
    if (age < this.#pollMs) return;
    const look = this.#look();
    if (age < this.#pollMs * staleIntervals) context.waitUntil(look);
    else await look;
  }

  async #look(): Promise<void> {
    this.#lookedAt = clock.now();
    await Promise.all([this.#subscriber.refresh(), this.#proof?.refresh()]);
  }

  #signing(): SigningParts | undefined {
    const proof = this.#proof;
    return proof && { key: () => proof.current, clock, random };
  }

  /** Every isolate counts for itself, and says so by a name of its own. */
  #telemetry({ WEFT_MESH, WEFT_ACCESS_LOG }: Environment): Telemetry {
    return new Telemetry({
      instance: uuid(random.bytes(16)),
      meshId: WEFT_MESH,
      runtime: 'workerd',
      version: VERSION,
      clock,
      active: () => this.#state.active,
      revision: () => this.revision,
      accessLog: consoleAccessLog(accessLogFormat(WEFT_ACCESS_LOG ?? 'off')),
      limits: () => this.#limits.counts,
      keyFetches: () => this.#tokens.fetches,
    });
  }

  #subscribe(environment: Environment, keys: readonly VerifyingKey[]): Subscriber {
    return new Subscriber({
      store: configStore(environment),
      mesh: environment.WEFT_MESH,
      keys,
      target: environment.WEFT_TARGET,
      minimumRevision: wholeNumber(environment, 'WEFT_MINIMUM_REVISION'),
      shards: shardReader(this.#state, clock),
      onSnapshot: (snapshot, revision, parts) => {
        const earlier = this.#state.active;
        const active = activate(snapshot, { shards: parts?.map, earlier });
        addParts(active, parts, earlier);
        this.#state.endpoints.retain(active.clusters);
        this.#state.active = active;
        this.#tokens.retain(snapshot);
        this.#limits.retain(snapshot);
        this.telemetry.accept();
        // Isolates come and go: only a change is news.
        if (earlier !== undefined) log.info('snapshot activated', { revision });
      },
      onEndpoints: (record) => void this.#state.endpoints.update(record),
      onReject: (code, detail) => {
        this.telemetry.reject(code, detail);
        log.warn('configuration refused', { code, detail });
      },
    });
  }
}

function configStore({ WEFT_CONFIG }: Environment): KvStore {
  return new KvStore(WEFT_CONFIG, { cacheTtl: 30 });
}

function tokensOf({ WEFT_JWKS_HOSTS }: Environment): TokenAuthenticator {
  const keys = fetchKeys(parseAllowedHosts(WEFT_JWKS_HOSTS), (input, init) => fetch(input, init));
  return new TokenAuthenticator({ fetch: keys, clock, log });
}

function proofKeeper({ WEFT_PROOF_KEY, WEFT_CONFIG }: Environment): ProofKeeper | undefined {
  if (!WEFT_PROOF_KEY) return undefined;
  return new ProofKeeper(new KvStore(WEFT_CONFIG, { cacheTtl: 30 }), WEFT_PROOF_KEY, clock, log);
}

/** Rate-limit bindings for the limits that are given to one, the Durable Object for the others. */
function limitStore(environment: Environment): BoundLimits {
  const { WEFT_LIMITS, WEFT_LIMIT_BINDINGS } = environment;
  const rest = WEFT_LIMITS && new DurableLimits(WEFT_LIMITS);
  return new BoundLimits(parseLimitBindings(WEFT_LIMIT_BINDINGS, environment), rest);
}
