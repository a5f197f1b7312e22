import { compileMesh } from '../../src/config/compile/compile.ts';
import {
  type MeshSettings,
  defaultMeshSettings as meshSettings,
} from '../../src/config/compile/mesh-settings.ts';
import { HeaderList } from '../../src/http/header-list.ts';
import type { CanonicalRequest } from '../../src/http/message.ts';
import type { FetchDocument } from '../../src/identity/jwt/remote-keys.ts';
import { workloadId } from '../../src/identity/spiffe.ts';
import { type ActiveSnapshot, activate } from '../../src/proxy/activate.ts';
import type { Connection } from '../../src/proxy/decide/connection.ts';
import type { Exchange } from '../../src/proxy/exchange.ts';
import { EndpointTable } from '../../src/proxy/forward/endpoint-table.ts';
import type { Outcome } from '../../src/proxy/forward/outcome.ts';
import { type Attempt, type ProxyResponse, TransportError } from '../../src/proxy/forward/transport.ts';
import type { LimitCount } from '../../src/proxy/limits/limit-counts.ts';
import { RateLimiter } from '../../src/proxy/limits/rate-limiter.ts';
import { serve } from '../../src/proxy/serve.ts';
import type { TokenAuthenticator } from '../../src/proxy/token-authenticator.ts';
import type { Clock, RateLimitStore } from '../../src/runtime/ports.ts';
import type { Endpoint } from '../../src/snapshot/endpoint.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import { resourcesOf } from './parsed.ts';
import { connection, meshConnection, plainConnection } from './simulated-connection.ts';
import { tokenSource } from './token-source.ts';

/** A call as a client makes it: through the gateway, or from a workload. */
export interface Call {
  readonly from?: string;
  readonly method?: string;
  readonly url: string;
  readonly headers?: readonly (readonly [string, string])[];
}

/** What became of a call. `workload` and `request` are those of the application that answered. */
export interface CallResult {
  readonly status: number;
  readonly body: string;
  readonly flags: string;
  readonly workload: string;
  readonly request: CanonicalRequest | undefined;
  readonly headers: HeaderList;
  readonly attempts: number;
  readonly cluster: string;
  /** Envoy's response code details. */
  readonly details: string;
}

type Answer = (workload: string, request: CanonicalRequest) => number | TransportError;

/** What a mesh of functions is made of besides its YAML. */
export interface SimulationOptions {
  /** The mesh's only chance; 0 by default. */
  readonly draw?: () => number;
  /** Plays the applications. */
  readonly answer?: Answer;
  /** Workloads without an instance. */
  readonly absent?: readonly string[];
  /** Whether a workload and its sidecar are gone, while the registry still has them. */
  readonly dead?: (workload: string) => boolean;
  /** Whether a server outside the mesh is at an address; it answers as an application called `ADDRESS:PORT`. */
  readonly outside?: (address: string) => boolean;
  /** Whether the gateway signs what it sends to sidecars, as one in workerd does that has a key; else it is plaintext. */
  readonly gatewaySigns?: boolean;
  /** Changes of the mesh's settings. */
  readonly settings?: Partial<MeshSettings>;
  /** Stands still by default, and nobody sleeps. */
  readonly clock?: Clock;
  /** Serves the keys of RequestAuthentication jwksUri; nobody by default. */
  readonly keys?: FetchDocument;
  /** Counts limits of scope global; nobody by default. */
  readonly limitStore?: RateLimitStore;
  /** The address that requests come from; 10.0.0.1 by default. */
  readonly remoteAddress?: () => string;
}

const STILL: Clock = { now: () => 0, monotonic: () => 0, sleep: async () => undefined };

const log = {
  info: () => undefined,
  warn: () => undefined,
  error: (event: string, fields?: object) => {
    throw new Error(`${event} ${JSON.stringify(fields)}`);
  },
};

/** A mesh compiled from YAML that runs on the real core, with a network of function calls and a still clock. */
export class SimulatedMesh {
  readonly #snapshots: ReadonlyMap<string, ActiveSnapshot>;
  readonly #draw: () => number;
  readonly #answer: Answer;
  readonly #unready: ReadonlySet<string>;
  readonly #clock: Clock;
  readonly #tokens: TokenAuthenticator;
  readonly #dead: (workload: string) => boolean;
  readonly #outside: (address: string) => boolean;
  readonly #tables = new Map<ActiveSnapshot, EndpointTable>();
  /** Each proxy counts for itself. */
  readonly #limiters: ReadonlyMap<ActiveSnapshot, RateLimiter>;
  readonly #remoteAddress: () => string;
  readonly #gatewaySigns: boolean;
  /** Every request that an application got, mirrored ones too: workload and authority. */
  readonly received: (readonly [workload: string, authority: string])[] = [];
  #served: { workload: string; request: CanonicalRequest } | undefined;

  constructor(yaml: string, options: SimulationOptions = {}) {
    const { snapshots } = compileMesh(resourcesOf(yaml), { ...meshSettings, ...options.settings });
    this.#snapshots = new Map(snapshots.map((snapshot) => [snapshot.target.name, activate(snapshot)]));
    this.#draw = options.draw ?? (() => 0);
    this.#answer = options.answer ?? (() => 200);
    this.#unready = new Set(options.absent);
    this.#clock = options.clock ?? STILL;
    this.#outside = options.outside ?? (() => false);
    this.#dead = options.dead ?? (() => false);
    this.#gatewaySigns = options.gatewaySigns ?? false;
    this.#tokens = tokenSource(() => this.#clock.now(), options.keys);
    const limits = { store: options.limitStore, clock: this.#clock, log };
    this.#limiters = new Map(
      [...this.#snapshots.values()].map((active) => [active, new RateLimiter(limits)]),
    );
    this.#remoteAddress = options.remoteAddress ?? (() => '10.0.0.1');
  }

  async call({
    from = 'istio-ingressgateway',
    method = 'GET',
    url,
    headers = [],
  }: Call): Promise<CallResult> {
    const caller = this.#snapshots.get(from);
    if (!caller) throw new Error(`no workload ${from}`);
    this.#served = undefined;
    const { outcome, response } = await this.#serve(caller, this.#exchange(caller, method, url, headers));
    const served = this.#served as { workload: string; request: CanonicalRequest } | undefined;
    return {
      status: response.status,
      body: response.body ?? '',
      flags: outcome?.flags ?? '-',
      workload: served?.workload ?? '',
      request: served?.request,
      headers: response.headers,
      attempts: outcome?.attempts ?? 0,
      cluster: outcome?.cluster ?? '',
      details: outcome?.details ?? '',
    };
  }

  /** What a proxy has counted. */
  counted(workload: string): readonly LimitCount[] {
    const active = this.#snapshots.get(workload);
    return (active && this.#limiters.get(active)?.counts) ?? [];
  }

  #exchange(...of: Parameters<typeof exchangeOf>): Exchange<string> {
    const exchange = exchangeOf(...of);
    const connection = { ...exchange.connection, remoteAddress: this.#remoteAddress() };
    return { ...exchange, connection };
  }

  async #serve(active: ActiveSnapshot, exchange: Exchange<string>) {
    let outcome: Outcome | undefined;
    const handler = serve<string>({
      active: () => active,
      resolve: async () => false,
      tokens: this.#tokens,
      limits: this.#limiters.get(active),
      endpoints: this.#table(active),
      transport: { send: (attempt) => this.#send(active.snapshot, attempt) },
      bodies: { cancel: () => undefined },
      clock: this.#clock,
      random: { unit: this.#draw, bytes: (length) => new Uint8Array(length) },
      debug: false,
      log,
      onOutcome: (found) => {
        outcome = found;
      },
    });
    const response = await handler(exchange);
    return { response, outcome };
  }

  /** What a proxy remembers of its endpoints outlives its requests. */
  #table(active: ActiveSnapshot): EndpointTable {
    const table = this.#tables.get(active) ?? this.#endpoints(active.snapshot);
    this.#tables.set(active, table);
    return table;
  }

  /** Every workload has one instance, whose address is the workload's name. The gateway has no mesh TLS. */
  #endpoints(caller: Snapshot): EndpointTable {
    const table = new EndpointTable({ plaintext: caller.target.kind === 'gateway' && !this.#gatewaySigns });
    const instances = [...this.#snapshots.values()]
      .map(({ snapshot }) => snapshot)
      .filter(({ target }) => target.kind === 'sidecar' && !this.#unready.has(target.name));
    const services = new Set(
      instances.flatMap(({ inbound }) =>
        inbound.flatMap(({ servicePorts }) => servicePorts.map(({ service }) => service)),
      ),
    );
    for (const service of services) {
      const endpoints = instances
        .map((snapshot) => endpointOf(snapshot, service))
        .filter(({ ports }) => ports.length > 0);
      table.update({ format: 1, service, sequence: 1, endpoints });
    }
    return table;
  }

  async #send(caller: Snapshot, attempt: Attempt<string>): Promise<ProxyResponse<string>> {
    const { cluster, address, mesh, request } = attempt;
    if (cluster.discovery.kind === 'application') return this.#application(caller.target.name, request);
    if (cluster.tls.mode === 'server')
      throw new TransportError('tls-failure', false, 'no application here speaks TLS');
    if (this.#outside(address)) return this.#application(`${address}:${attempt.port}`, request);
    const server = this.#snapshots.get(address);
    if (!server || this.#dead(address))
      throw new TransportError('connect-failure', false, `nobody is at ${address}`);
    const id = workloadId(caller.trustDomain, caller.target.namespace, caller.target.serviceAccount);
    const security: Connection['security'] =
      caller.target.kind === 'sidecar' ? 'mutual_tls' : 'signed_request';
    const proves = mesh && (caller.target.kind === 'sidecar' || this.#gatewaySigns);
    const connection = proves
      ? { ...meshConnection(server, attempt, id), security }
      : plainConnection(server);
    const head = { method: request.method, target: request.path + request.query, headers: withHost(request) };
    const { response } = await this.#serve(server, {
      head,
      connection,
      body: attempt.body,
      signal: undefined,
    });
    return { ...response, body: response.body ?? '' };
  }

  #application(workload: string, request: CanonicalRequest): ProxyResponse<string> {
    this.received.push([workload, request.authority]);
    this.#served ??= { workload, request };
    const answer = this.#answer(workload, request);
    if (answer instanceof TransportError) throw answer;
    return { status: answer, reason: '', headers: HeaderList.from([['x-app', workload]]), body: '' };
  }
}

function exchangeOf(
  caller: ActiveSnapshot,
  method: string,
  url: string,
  lines: Call['headers'] = [],
): Exchange<string> {
  const [, authority = '', target = ''] = /^http:\/\/([^/]*)(.*)$/.exec(url) ?? [];
  const direction = caller.snapshot.target.kind === 'gateway' ? 'gateway' : 'outbound';
  const headers = HeaderList.from([['host', authority], ...lines]);
  return {
    head: { method, target: target || '/', headers },
    connection: connection(direction, 80),
    body: undefined,
    signal: undefined,
  };
}

function endpointOf({ inbound, target }: Snapshot, service: string): Endpoint {
  const ports = inbound.flatMap(({ servicePorts }) => servicePorts.filter((one) => one.service === service));
  return {
    instance: target.name,
    address: target.name,
    ports: ports.map(({ port }) => [port, 15006] as const),
    workload: target.name,
    namespace: target.namespace,
    labels: target.labels,
    mesh: true,
    plaintextPorts: (inbound[0]?.servicePorts ?? [])
      .filter((one) => one.service === service)
      .map(({ port }) => port),
    weight: 1,
  };
}

function withHost(request: CanonicalRequest): HeaderList {
  const headers = request.headers.copy();
  headers.append('host', request.authority);
  return headers;
}
