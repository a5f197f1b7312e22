import { parseAllDocuments, stringify } from 'yaml';

/** What Istio's golden files write for the domain of the cluster. */
const DOMAIN = /\.svc\.domain\.suffix/g;
const GATEWAY_NAME = 'gateway.networking.k8s.io/gateway-name';
const PARENTS = 'internal.istio.io/parents';
/** No service has it: Istio leaves the destination of a backend that is not there empty. */
const NOWHERE = { host: 'nowhere.invalid', port: { number: 1 } };

interface Doc {
  kind: string;
  metadata: { name: string; namespace?: string; annotations?: Record<string, string> };
  // biome-ignore lint/suspicious/noExplicitAny: any document
  spec: any;
}

/** A service port that a backend names: `host` is `name.namespace`. */
export interface BackendPort {
  readonly host: string;
  readonly port: number;
}

/**
 * Istio's form of Gateway API resources, as its golden files have it: names that the API server would refuse are
 * spelled otherwise, and Gateways are found by the name of the gateway that they are of.
 */
export class IstioForm {
  readonly #docs: readonly Doc[];
  readonly #leftOut: ReadonlySet<string>;

  /** `leftOut` are names of rules (`namespace.route.index`) that are not compared. */
  constructor(yaml: string, leftOut: ReadonlySet<string> = new Set()) {
    this.#docs = parseAllDocuments(yaml.replace(DOMAIN, '.svc.cluster.local')).flatMap((document) => {
      const doc = document.toJS() as Doc | null;
      return doc ? [doc] : [];
    });
    this.#leftOut = leftOut;
  }

  /** The YAML of a gateway of that name; `sets` are its ListenerSets (`name.namespace`). */
  of(name: string, namespace: string, sets: ReadonlySet<string>): string {
    const docs = this.#docs.flatMap((doc) => {
      if (doc.kind === 'VirtualService') return this.#compared(virtualService(doc));
      return doc.kind === 'Gateway' && isOf(doc, name, namespace, sets) ? [gateway(doc, name)] : [];
    });
    return docs.map((doc) => stringify(doc)).join('---\n');
  }

  #compared(doc: Doc): Doc[] {
    if (!doc.spec.http) return [doc];
    const http = doc.spec.http.filter(({ name }: { name: string }) => !this.#leftOut.has(name));
    return http.length > 0 ? [{ ...doc, spec: { ...doc.spec, http } }] : [];
  }

  /** The credentials that its servers name: Secrets and ConfigMaps as `namespace/name`. */
  get credentials(): { readonly secrets: readonly string[]; readonly configMaps: readonly string[] } {
    const servers = this.#docs.flatMap(({ kind, spec }) => (kind === 'Gateway' ? (spec.servers ?? []) : []));
    const names: string[] = servers
      .flatMap(({ tls }) => [tls?.credentialName, ...(tls?.credentialNames ?? []), tls?.caCertCredentialName])
      .filter(Boolean);
    const isConfigMap = (name: string) => name.startsWith('configmap:');
    const where = (name: string) => name.replace(/^[a-z-]+:\/\//, '').replace(/-cacert$/, '');
    return {
      secrets: names.filter((name) => !isConfigMap(name)).map(where),
      configMaps: names.filter(isConfigMap).map(where),
    };
  }

  /** The service ports that it sends to. */
  get backends(): readonly BackendPort[] {
    return [...destinationsIn(this.#docs)].flatMap(({ host, port }) => {
      const [, short] = /^([^.]+\.[^.]+)\.svc\.cluster\.local$/.exec(host ?? '') ?? [];
      return short && port ? [{ host: short, port: port.number }] : [];
    });
  }
}

/** `Gateway/NAME/LISTENER.NAMESPACE`, and likewise for ListenerSets. */
function isOf(doc: Doc, name: string, namespace: string, sets: ReadonlySet<string>): boolean {
  const [kind, parent, listener = ''] = (doc.metadata.annotations?.[PARENTS] ?? '').split('/');
  const where = listener.slice(listener.lastIndexOf('.') + 1);
  if (kind === 'ListenerSet') return sets.has(`${parent}.${where}`);
  return parent === name && where === namespace;
}

function gateway({ metadata, spec, ...rest }: Doc, name: string): Doc {
  const { annotations: _, ...own } = metadata;
  return {
    ...rest,
    metadata: { ...own, name: spelled(own.name) },
    spec: { ...spec, selector: { [GATEWAY_NAME]: name } },
  };
}

function virtualService({ metadata, spec, ...rest }: Doc): Doc {
  for (const { rules } of [spec].map((one) => ({
    rules: [...(one.http ?? []), ...(one.tls ?? []), ...(one.tcp ?? [])],
  })))
    for (const { route = [] } of rules)
      for (const one of route) if (!one.destination?.host) one.destination = NOWHERE;
  return {
    ...rest,
    metadata: { ...metadata, name: spelled(metadata.name) },
    spec: { ...spec, gateways: spec.gateways.map(spelled) },
  };
}

/** A name that the API server takes. */
export function spelled(name: string): string {
  return name.replaceAll('~', '.').replaceAll('*', 'any').toLowerCase();
}

interface Written {
  readonly host?: string;
  readonly port?: { readonly number: number };
}

function* destinationsIn(value: unknown): Generator<Written> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, member] of Object.entries(value)) {
    if (key === 'destination') yield member as Written;
    yield* destinationsIn(member);
  }
}
