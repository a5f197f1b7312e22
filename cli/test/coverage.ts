import type { Resource } from '../../src/config/resource/resource.ts';
import type { SourcePlace } from '../../src/snapshot/source-map.ts';

/** A route or a rule of a policy. */
export interface CoverageItem {
  readonly kind: 'route' | 'rule';
  /** `VirtualService default/reviews http[0]`. */
  readonly name: string;
  readonly source: string;
  readonly place: SourcePlace;
  readonly hit: boolean;
}

/** Which routes and rules the tests met. */
export interface Coverage {
  readonly items: readonly CoverageItem[];
  readonly hit: number;
  /** 0 to 100; 100 when there is nothing to meet. */
  readonly percent: number;
}

/** Of every route of requests and every policy rule; those that no proxy has count as never met. */
export function coverageOf(
  sources: ReadonlyMap<string, SourcePlace>,
  resources: readonly Resource[],
  hits: ReadonlySet<string>,
): Coverage {
  const places = new Map([...uncompiled(resources), ...sources]);
  const items = [...places].flatMap(([source, place]) => itemOf(source, place, hits)).sort(inOrder);
  const hit = items.filter((item) => item.hit).length;
  return { items, hit, percent: items.length === 0 ? 100 : (hit / items.length) * 100 };
}

/** `routes and rules hit 17/19 (89.5 %)`, and a line for each that was not. */
export function coverageText({ items, hit, percent }: Coverage): string {
  const missed = items.filter((item) => !item.hit);
  const lines = missed.map(({ name, place }) => `  never hit: ${name}, ${place.file}:${place.line}`);
  return [`routes and rules hit ${hit}/${items.length} (${percentText(percent)})`, ...lines].join('\n');
}

/** Never rounded up, so that 100 % means all. */
export function percentText(percent: number): string {
  return `${Math.floor(percent * 10) / 10} %`;
}

const ROUTE = /^(VirtualService|HTTPRoute|GRPCRoute)\/([^/]+)\/([^/]+)\/(http|rules)\/(\d+)$/;
const RULE = /^(AuthorizationPolicy)\/([^/]+)\/([^/]+)\/(rules)\/(\d+)$/;

function itemOf(source: string, place: SourcePlace, hits: ReadonlySet<string>): CoverageItem[] {
  const route = ROUTE.exec(source);
  const found = route ?? RULE.exec(source);
  if (found === null) return [];
  const [, kind, namespace, name, field, index] = found;
  const text = `${kind} ${namespace}/${name} ${field}[${index}]`;
  return [{ kind: route ? 'route' : 'rule', name: text, source, place, hit: hits.has(source) }];
}

/** Rules that compiling leaves out, such as those behind a rule without match. A delegating rule has no route. */
function uncompiled(resources: readonly Resource[]): [string, SourcePlace][] {
  return resources.filter(isVirtualService).flatMap(({ namespace, name, spec, origin }) =>
    spec.http.flatMap(({ delegate }, i): [string, SourcePlace][] => {
      const source = `VirtualService/${namespace}/${name}/http/${i}`;
      return delegate ? [] : [[source, origin.at(['spec', 'http', i])]];
    }),
  );
}

function isVirtualService(resource: Resource): resource is Resource<'VirtualService'> {
  return resource.kind === 'VirtualService';
}

function inOrder(a: CoverageItem, b: CoverageItem): number {
  const file = a.place.file < b.place.file ? -1 : a.place.file > b.place.file ? 1 : 0;
  return file || a.place.line - b.place.line;
}
