import { compileRegex } from '../../match/regex.ts';
import type { NamedMatch, StringMatch } from '../../match/value-match.ts';
import type { Route, RouteMatch, VirtualHost } from '../../snapshot/route.ts';
import { type CompiledRoute, compileRoute } from './compiled-route.ts';
import { buildRouteIndex, type RouteIndex } from './route-index.ts';

/** A virtual host that is compiled when its first request comes: most of a large mesh is never asked for. */
export class CompiledVirtualHost {
  readonly name: string;
  readonly #host: VirtualHost;
  readonly #clusters: ReadonlyMap<string, unknown>;
  #compiled: { readonly routes: readonly CompiledRoute[]; readonly index: RouteIndex } | undefined;

  /** `clusters` are those of the snapshot. Throws RegexError at once, so that no request meets one. */
  constructor(host: VirtualHost, clusters: ReadonlyMap<string, unknown>) {
    for (const route of host.routes) checkPatterns(route);
    this.name = host.name;
    this.#host = host;
    this.#clusters = clusters;
  }

  /** In order. */
  get routes(): readonly CompiledRoute[] {
    this.#compiled ??= this.#compile();
    return this.#compiled.routes;
  }

  get index(): RouteIndex {
    this.#compiled ??= this.#compile();
    return this.#compiled.index;
  }

  #compile() {
    const indexed = this.#host.routes.map((route) => ({
      route: compileRoute(route, this.#clusters),
      matches: route.matches,
    }));
    return { routes: indexed.map(({ route }) => route), index: buildRouteIndex(indexed) };
  }
}

function checkPatterns({ matches, action, cors }: Route): void {
  for (const origin of cors?.allowOrigins ?? []) checkCondition(origin);
  for (const match of matches) for (const key in match) checkCondition(match[key as keyof RouteMatch]);
  if (action.kind === 'forward' && action.rewrite?.regex) compileRegex(action.rewrite.regex.match);
}

type Named = Pick<NamedMatch, 'match'>;

/** Whatever a match may hold is looked at by its shape, so that no new condition escapes. */
function checkCondition(condition: string | StringMatch | readonly Named[] | undefined): void {
  if (condition === undefined || typeof condition === 'string') return;
  if ('kind' in condition) {
    if (condition.kind === 'regex') compileRegex(condition.value);
    return;
  }
  for (const { match } of condition) checkCondition(match);
}
