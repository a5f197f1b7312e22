import type { GatewayServer } from '../../snapshot/gateway-server.ts';
import type { Route } from '../../snapshot/route.ts';
import type { SourcePlace } from '../../snapshot/source-map.ts';
import { parseClusterName } from '../compile/cluster-name.ts';
import type { Compiled } from '../compile/compile.ts';
import { sourceKey } from '../compile/report.ts';
import type { Diagnostic } from '../diagnostic.ts';
import { diagnostic } from '../diagnostic-codes.ts';
import type { Resource } from '../resource/resource.ts';

/** A document as plain data. */
export type Document = Readonly<Record<string, unknown>>;

/** What conversion gives: documents of the other form, and what could not be said in it. */
export interface Converted {
  readonly documents: readonly Document[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Says why something has no counterpart. */
export type Note = (source: string, message: string) => void;

/** What a conversion works on: the configuration as the gateway runs it. */
export interface Conversion {
  readonly servers: readonly GatewayServer[];
  /** Names of clusters that are there. */
  readonly clusters: ReadonlySet<string>;
  readonly note: Note;
  /** The same of a whole resource. */
  noteAt(resource: Resource, message: string): void;
  readonly diagnostics: readonly Diagnostic[];
}

/** Begins a conversion of what was compiled. */
export function conversionOf({ snapshot, sources }: Compiled): Conversion {
  const places = new Map<string, SourcePlace>(sources);
  const diagnostics: Diagnostic[] = [];
  const said = new Set<string>();
  const tell = (source: string, position: SourcePlace | undefined, message: string): void => {
    if (said.has(`${source} ${message}`)) return;
    said.add(`${source} ${message}`);
    const [kind, namespace, name] = source.split('/');
    const resource = `${kind === 'KubernetesGateway' ? 'Gateway' : kind} ${namespace}/${name}`;
    diagnostics.push(
      diagnostic('WFT0601', {
        resource,
        position: position ?? { file: 'mesh', line: 1, column: 1 },
        message,
      }),
    );
  };
  return {
    servers: snapshot.gateway?.servers ?? [],
    clusters: new Set(snapshot.clusters.map(({ name }) => name)),
    note: (source, message) => tell(source, places.get(source), message),
    noteAt: (resource, message) => tell(sourceKey(resource), resource.origin.at([]), message),
    diagnostics,
  };
}

/** Where a server's routes are written: the namespace of the first of them. */
export function namespaceOf(routes: readonly Pick<Route, 'source'>[], fallback: string): string {
  return routes[0]?.source.split('/')[1] ?? fallback;
}

/** A name that Kubernetes takes: `*.a.com` becomes `any.a.com`, and of what is too long the end counts. */
export function documentName(...parts: readonly (string | number)[]): string {
  const text = parts
    .join('-')
    .toLowerCase()
    .replaceAll('*', 'any')
    .replace(/[^a-z0-9.-]/g, '-');
  return text.slice(-200).replace(/^[^a-z0-9]+|[^a-z0-9]+$/g, '');
}

/** Host, port and subset of a cluster; undefined for what no route of a gateway names. */
export function destinationOf(cluster: string): { host: string; port: number; subset: string } | undefined {
  return parseClusterName(cluster);
}
