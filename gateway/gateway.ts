import { type ActiveSnapshot, activate } from '../src/proxy/activate.ts';
import { uuid } from '../src/proxy/decide/uuid.ts';
import type { Handler } from '../src/proxy/exchange.ts';
import { EndpointTable } from '../src/proxy/forward/endpoint-table.ts';
import { serve } from '../src/proxy/serve.ts';
import { accessLogFormat } from '../src/proxy/telemetry/access-log.ts';
import { Telemetry } from '../src/proxy/telemetry/telemetry.ts';
import { tracingOf } from '../src/proxy/telemetry/tracing.ts';
import { VERSION } from '../src/proxy/telemetry/version.ts';
import { consoleAccessLog, consoleLog as log } from '../src/runtime/fetch/console-log.ts';
import { FETCH_BODIES } from '../src/runtime/fetch/fetch-bodies.ts';
import type { FetchBody } from '../src/runtime/fetch/fetch-exchange.ts';
import { FetchTransport } from '../src/runtime/fetch/fetch-transport.ts';
import { KvStore } from '../src/runtime/store/kv.ts';
import { systemClock as clock, systemRandom as random } from '../src/runtime/system.ts';
import { importVerifyingKey, type PublicJwk, type VerifyingKey } from '../src/snapshot/signing-key.ts';
import { Subscriber } from '../src/snapshot/subscribe.ts';
import { type Environment, type ExecutionContext, wholeNumber } from './environment.ts';

/** A look at the store older than this many poll intervals is renewed before a request is decided. */
const staleIntervals = 2;

/**
 * One isolate's gateway. Its snapshot outlives requests; every look at KV happens inside a request, because
 * a Worker may do nothing between them, and none waits for another request's I/O.
 */
export class Gateway {
  readonly #pollMs: number;
  readonly #subscriber: Subscriber;
  /** Fetch speaks plaintext only: Workers have no mutual TLS with SVIDs. */
  readonly #endpoints = new EndpointTable({ plaintext: true });
  readonly #handle: Handler<FetchBody>;
  readonly telemetry: Telemetry;
  #active: ActiveSnapshot | undefined;
  #lookedAt = Number.NEGATIVE_INFINITY;

  constructor(environment: Environment, keys: readonly VerifyingKey[]) {
    this.#pollMs = wholeNumber(environment, 'WEFT_POLL_MS');
    this.#subscriber = this.#subscribe(environment, keys);
    this.telemetry = this.#telemetry(environment);
    this.#handle = serve<FetchBody>({
      active: () => this.#active,
      // A cold isolate has no snapshot: its first requests load it.
      resolve: async () => {
        await this.#look();
        return this.#active !== undefined;
      },
      endpoints: this.#endpoints,
      transport: new FetchTransport((input, init) => fetch(input, init)),
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
    await this.#subscriber.refresh();
  }

  /** Every isolate counts for itself, and says so by a name of its own. */
  #telemetry({ WEFT_MESH, WEFT_ACCESS_LOG }: Environment): Telemetry {
    return new Telemetry({
      instance: uuid(random.bytes(16)),
      meshId: WEFT_MESH,
      runtime: 'workerd',
      version: VERSION,
      clock,
      active: () => this.#active,
      revision: () => this.revision,
      accessLog: consoleAccessLog(accessLogFormat(WEFT_ACCESS_LOG ?? 'off')),
    });
  }

  #subscribe(environment: Environment, keys: readonly VerifyingKey[]): Subscriber {
    return new Subscriber({
      store: new KvStore(environment.WEFT_CONFIG, { cacheTtl: 30 }),
      mesh: environment.WEFT_MESH,
      keys,
      target: environment.WEFT_TARGET,
      minimumRevision: wholeNumber(environment, 'WEFT_MINIMUM_REVISION'),
      onSnapshot: (snapshot, revision) => {
        const active = activate(snapshot);
        this.#endpoints.retain(active.clusters);
        this.#active = active;
        this.telemetry.accept();
        log.info('snapshot activated', { revision });
      },
      onEndpoints: (record) => void this.#endpoints.update(record),
      onReject: (code, detail) => {
        this.telemetry.reject(code, detail);
        log.warn('configuration refused', { code, detail });
      },
    });
  }
}
