import { compileMesh } from '../../src/config/compile/compile.ts';
import { defaultMeshSettings } from '../../src/config/compile/mesh-settings.ts';
import type { Diagnostic } from '../../src/config/diagnostic.ts';
import type { Resource } from '../../src/config/resource/resource.ts';
import { type Draft, draftText, draftTo } from '../../src/proxy/compare/boundary/draft.ts';
import { meeting } from '../../src/proxy/compare/boundary/route-drafts.ts';
import { explainFrom } from '../../src/proxy/explain/explain-hops.ts';
import { MeshPath } from '../../src/proxy/explain/mesh-path.ts';
import { isUnreadable, readRequest } from '../../src/proxy/explain/read-request.ts';
import type { RouteMatch, VirtualHost } from '../../src/snapshot/route.ts';
import type { Snapshot } from '../../src/snapshot/snapshot.ts';
import type { SourceMap } from '../../src/snapshot/source-map.ts';

/** Findings about the order and the reach of routes, which a request can prove. */
const PROVABLE = new Set(['IST0130', 'IST0131', 'WFT0501']);
/** Each costs a compilation. */
const MAX_PROOFS = 20;

/** The findings; those about shadowed routes and loose prefixes with a request that proves them, decided by the core. */
export function withProofs(
  found: readonly Diagnostic[],
  resources: readonly Resource[],
): readonly Diagnostic[] {
  if (!found.some(({ code }) => PROVABLE.has(code))) return found;
  const { snapshots, sources } = compileMesh(resources, defaultMeshSettings);
  const mesh: Mesh = { snapshots, places: new Map(sources), path: new MeshPath(snapshots) };
  let left = MAX_PROOFS;
  return found.map((one) => {
    const asked = PROVABLE.has(one.code) && left-- > 0 ? questionOf(one, resources) : undefined;
    const proof = asked && prove(asked, resources, mesh);
    return proof === undefined
      ? one
      : { ...one, message: `${one.message.replace(/\.$/, '')}; proof: ${proof}` };
  });
}

interface Mesh {
  readonly snapshots: readonly Snapshot[];
  readonly places: ReadonlyMap<SourceMap[number][0], SourceMap[number][1]>;
  readonly path: MeshPath;
}

interface Asked {
  readonly owner: Resource<'VirtualService'>;
  readonly rule: number;
  /** Undefined = the rule as a whole. */
  readonly match: number | undefined;
  /** Whether the request is one that was hardly meant, rather than one that the rule wants. */
  readonly loose: boolean;
}

function questionOf({ code, resource, path }: Diagnostic, resources: readonly Resource[]): Asked | undefined {
  const [, rule, match] = /^spec\.http\[(\d+)\](?:\.match\[(\d+)\])?/.exec(path ?? '') ?? [];
  const owner = resources
    .filter(isVirtualService)
    .find(({ namespace, name }) => resource === `VirtualService ${namespace}/${name}`);
  if (owner === undefined || rule === undefined) return undefined;
  return {
    owner,
    rule: Number(rule),
    match: match === undefined ? undefined : Number(match),
    loose: code === 'WFT0501',
  };
}

function isVirtualService(resource: Resource): resource is Resource<'VirtualService'> {
  return resource.kind === 'VirtualService';
}

/** Asks the whole mesh about a request that the rule alone would take; undefined where nothing is proven. */
function prove(asked: Asked, resources: readonly Resource[], mesh: Mesh): string | undefined {
  const { owner, rule, loose } = asked;
  const own = `VirtualService/${owner.namespace}/${owner.name}/http/${rule}`;
  const wanted = draftFor(asked, resources);
  if (wanted === undefined) return undefined;
  const { at, draft } = wanted;
  const text = draftText(loose ? { ...draft, path: `${draft.path}2` } : draft);
  const taker = takerOf(text, mesh.snapshots[at], mesh.path);
  if (taker === undefined || (taker === own) !== loose) return undefined;
  const place = mesh.places.get(taker);
  const index = /\/http\/(\d+)$/.exec(taker)?.[1];
  const headers = text.headers.map((line) => ` -H '${line}'`).join('');
  const where = place ? ` (${place.file}:${place.line})` : '';
  const what = loose ? 'comes here' : index === undefined ? `goes to ${taker}` : `goes to http[${index}]`;
  return `${text.method} ${text.url}${headers} ${what}${loose ? '' : where}`;
}

/** A request for the rule, found by compiling the VirtualService with this rule alone. */
function draftFor(
  { owner, rule, match }: Asked,
  resources: readonly Resource[],
): { readonly at: number; readonly draft: Draft } | undefined {
  const written = owner.spec.http[rule];
  if (written === undefined) return undefined;
  const chosen = match === undefined ? written.match : written.match.slice(match, match + 1);
  const alone: Resource<'VirtualService'> = {
    ...owner,
    spec: { ...owner.spec, http: [{ ...written, match: chosen }] },
  };
  const replaced = resources.map((one) => (one === owner ? alone : one));
  const source = `VirtualService/${owner.namespace}/${owner.name}/http/0`;
  const { snapshots } = compileMesh(replaced, defaultMeshSettings);
  for (const [at, snapshot] of snapshots.entries())
    for (const { authority, routes } of tablesOf(snapshot)) {
      const route = routes.find((one) => one.source === source);
      if (route) return { at, draft: meeting(route.matches[0] ?? ({} as RouteMatch), draftTo(authority)) };
    }
  return undefined;
}

function tablesOf({ gateway, outbound }: Snapshot): { authority: string; routes: VirtualHost['routes'] }[] {
  const edge = (gateway?.virtualHosts ?? []).map((host) => ({ port: 80, host }));
  const own = outbound.flatMap(({ port, virtualHosts }) => virtualHosts.map((host) => ({ port, host })));
  return [...edge, ...own].map(({ port, host: { domains, routes } }) => {
    const name = (domains[0] ?? '*').replace(/^\*$/, 'any.example').replace(/^\*/, 'any');
    return { authority: port === 80 ? name : `${name}:${port}`, routes };
  });
}

/** Source key of the route that takes the request. */
function takerOf(
  text: ReturnType<typeof draftText>,
  caller: Snapshot | undefined,
  path: MeshPath,
): string | undefined {
  if (caller === undefined) return undefined;
  const request = readRequest(text, caller);
  if (isUnreadable(request)) return undefined;
  const [first] = explainFrom(path, path.entrance(request, caller));
  return first?.entries.find(({ step, verdict }) => step === 'route' && verdict === 'match')?.source;
}
