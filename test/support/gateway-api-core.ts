import { compile } from '../../src/config/compile/compile.ts';
import { defaultMeshSettings } from '../../src/config/compile/mesh-settings.ts';
import { parseResources } from '../../src/config/parse.ts';
import type { Resource } from '../../src/config/resource/resource.ts';
import { canonicalRequest, isRefusal } from '../../src/http/canonical-request.ts';
import { HeaderList } from '../../src/http/header-list.ts';
import type { CanonicalRequest } from '../../src/http/message.ts';
import { type ActiveSnapshot, activate } from '../../src/proxy/activate.ts';
import { applyEdits, editedPairs } from '../../src/proxy/decide/apply-edits.ts';
import type { Connection } from '../../src/proxy/decide/connection.ts';
import type { Forward, Inputs } from '../../src/proxy/decide/decision.ts';
import type { Target } from '../../src/snapshot/target.ts';

/** A request as a case writes it. */
export interface CoreRequest {
  readonly scheme: 'http' | 'https';
  readonly port: number;
  readonly serverName?: string | undefined;
  readonly method: string;
  readonly authority: string;
  readonly path: string;
  readonly headers: readonly (readonly [string, string])[];
}

/** What the core makes of it. `backend` are the workloads that the chosen Service selects. */
export interface CoreResult {
  readonly status: number;
  readonly backends: readonly string[];
  readonly service: string;
  readonly namespace: string;
  readonly request: CanonicalRequest | undefined;
  readonly headers: readonly (readonly [string, string])[];
  readonly mirrors: readonly string[];
  /** The server name that the backend is asked for; absent without TLS to it. */
  readonly backendServerName?: string;
}

/** What every backend with TLS shows: a certificate for these names, of this authority. */
export interface BackendCertificate {
  readonly names: readonly string[];
  /** PEM. */
  readonly authority: string;
}

/** The Gateway API's resources on the real compiler and the real `decide`; every backend answers 200 after its delay. */
export class GatewayApiCore {
  readonly #resources: readonly Resource[];
  readonly #active = new Map<string, ActiveSnapshot>();
  readonly #certificate: BackendCertificate | undefined;
  /** Texts that were refused, with the reason. */
  readonly refused: readonly string[];

  constructor(texts: readonly string[], certificate?: BackendCertificate) {
    this.#certificate = certificate;
    const parsed = texts.map((text, i) => parseResources(text, `${i}.yaml`));
    this.#resources = parsed.flatMap(({ resources }) => resources).map(filledIn);
    this.refused = parsed.flatMap(({ diagnostics }) =>
      diagnostics.filter(({ severity }) => severity === 'error').map(({ message }) => message),
    );
  }

  get resources(): readonly Resource[] {
    return this.#resources;
  }

  /** Sends a request through a Gateway. */
  throughGateway(namespace: string, name: string, request: CoreRequest, draw = 0): CoreResult | string {
    const labels = [['gateway.networking.k8s.io/gateway-name', name]] as const;
    return this.#send({ kind: 'gateway', namespace, name, serviceAccount: name, labels }, request, draw);
  }

  /** Sends a request from a workload with these labels. */
  fromWorkload(
    namespace: string,
    labels: Target['labels'],
    request: CoreRequest,
    draw = 0,
  ): CoreResult | string {
    const name = labels.map(([, value]) => value).join('-');
    return this.#send({ kind: 'sidecar', namespace, name, serviceAccount: name, labels }, request, draw);
  }

  /** Opens a connection to a Gateway: the Service that its bytes go to, and the workloads behind it. */
  connect(
    namespace: string,
    name: string,
    port: number,
    serverName: string | undefined,
  ): Pick<CoreResult, 'backends' | 'service'> | string {
    const labels = [['gateway.networking.k8s.io/gateway-name', name]] as const;
    const active = this.#activated({ kind: 'gateway', namespace, name, serviceAccount: name, labels });
    const decision = active.decideConnection(connectionTo('gateway', port, 'https', serverName), inputsOf(0));
    if (decision.kind !== 'forward') return 'closed';
    return this.#verifies(active, decision.cluster)
      ? this.#place(active, decision.cluster)
      : 'closed: the backend is not who it should be';
  }

  #send(target: Target, request: CoreRequest, draw: number): CoreResult | string {
    const active = this.#activated(target);
    const { scheme, port, serverName, method, authority, path } = request;
    const headers = HeaderList.from([['host', authority], ...request.headers]);
    const judged = canonicalRequest({ method, target: path, headers }, scheme, 'NONE');
    if (isRefusal(judged)) return answer(judged.status);
    const direction = target.kind === 'gateway' ? 'gateway' : 'outbound';
    const connection = connectionTo(direction, port, scheme, serverName);
    const inputs = inputsOf(draw);
    const decision = active.decide(judged, connection, inputs);
    if (decision.kind === 'ask') return `asked for ${decision.need}`;
    if (decision.kind === 'reply') return { ...answer(decision.status), headers: decision.headers };
    return this.#forwarded(decision, judged, active);
  }

  #forwarded(decision: Forward, judged: CanonicalRequest, active: ActiveSnapshot): CoreResult {
    const places = [decision.cluster, ...(decision.mirrors ?? [])].map((cluster) =>
      this.#place(active, cluster),
    );
    const [place = this.#place(active, ''), ...mirrors] = places;
    const limits = [decision.timeoutMs, decision.retry?.perTryTimeoutMs ?? 0].filter((ms) => ms > 0);
    const late = limits.some((ms) => ms < delayOf(judged.query));
    if (!this.#verifies(active, decision.cluster)) return answer(503);
    const tls = active.clusters.get(decision.cluster)?.tls;
    return {
      ...(tls?.mode === 'server' && { backendServerName: tls.serverName }),
      ...place,
      status: late ? 504 : 200,
      request: applyEdits(judged, decision.requestEdits),
      headers: editedPairs([], decision.responseEdits),
      mirrors: mirrors.flatMap(({ backends, service }) => [service, ...backends]),
    };
  }

  /** As a handshake would: the same authority, and a name that the certificate has. */
  #verifies(active: ActiveSnapshot, cluster: string): boolean {
    const tls = active.clusters.get(cluster)?.tls;
    if (tls?.mode !== 'server') return true;
    const { names, authority } = this.#certificate ?? { names: [], authority: '' };
    return tls.roots === authority && tls.names.some((name) => names.includes(name));
  }

  #activated(target: Target): ActiveSnapshot {
    const key = `${target.kind}/${target.namespace}/${target.name}`;
    const known = this.#active.get(key);
    if (known) return known;
    const { snapshot } = compile(this.#resources, target, defaultMeshSettings);
    const active = activate(snapshot, { gatewayPorts: target.kind === 'gateway' });
    this.#active.set(key, active);
    return active;
  }

  #place(active: ActiveSnapshot, cluster: string): Pick<CoreResult, 'backends' | 'service' | 'namespace'> {
    const [service = '', namespace = ''] = (active.clusters.get(cluster)?.service ?? '').split('.');
    const found = this.#resources.find(
      (one): one is Resource<'Service'> =>
        one.kind === 'Service' && one.name === service && one.namespace === namespace,
    );
    const selector = [...(found?.spec.selector ?? [])];
    const backends = this.#resources
      .filter(
        (one): one is Resource<'Deployment'> => one.kind === 'Deployment' && one.namespace === namespace,
      )
      .filter(({ spec }) =>
        selector.every(([key, value]) => spec.template.metadata.labels?.get(key) === value),
      )
      .map(({ name }) => name);
    return {
      service,
      namespace,
      backends: selector.length > 0 ? backends : behindAddresses(active, cluster),
    };
  }
}

/** The address of a workload in slices that the original fills in by its own code. */
const WORKLOAD = 'infra-backend-v1';

/** EndpointSlices without endpoints get, as in the original, the address of a workload: here its name. */
function filledIn(resource: Resource): Resource {
  if (resource.kind !== 'EndpointSlice') return resource;
  const slice = resource as Resource<'EndpointSlice'>;
  if (slice.spec.endpoints.length > 0) return slice;
  return { ...slice, spec: { ...slice.spec, endpoints: [{ addresses: [WORKLOAD] }] } };
}

function behindAddresses(active: ActiveSnapshot, cluster: string): string[] {
  const { discovery } = active.clusters.get(cluster) ?? {};
  return discovery?.kind === 'static' ? discovery.endpoints.map(({ address }) => address) : [];
}

function connectionTo(
  direction: Connection['direction'],
  port: number,
  scheme: 'http' | 'https',
  serverName: string | undefined,
): Connection {
  const addresses = { remoteAddress: '10.0.0.1', localAddress: '10.0.0.2' };
  return { direction, port, scheme, ...addresses, security: 'none', peer: undefined, serverName };
}

function inputsOf(draw: number): Inputs {
  return { now: 0, draw: () => draw, bytes: (length) => new Uint8Array(length) };
}

function answer(status: number): CoreResult {
  return { status, backends: [], service: '', namespace: '', request: undefined, headers: [], mirrors: [] };
}

/** `?delay=1s` of the echo server, ms. */
function delayOf(query: string): number {
  const [, amount, unit] = /[?&]delay=(\d+)(ms|s)/.exec(query) ?? [];
  return amount === undefined ? 0 : Number(amount) * (unit === 's' ? 1000 : 1);
}
