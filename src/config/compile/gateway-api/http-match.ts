import type { NamedMatch, StringMatch } from '../../../match/value-match.ts';
import type { RouteMatch } from '../../../snapshot/route.ts';
import type { GrpcMatch } from '../../gateway-api/grpc-route.ts';
import type { HttpMatch } from '../../gateway-api/http-match.ts';
import type { Specificity } from './precedence.ts';

/** One match, compiled. */
export interface CompiledMatch {
  readonly specificity: Specificity;
  /** Any of these: a prefix ends at a `/`, so that it is the path itself and whatever is below it. */
  readonly matches: readonly RouteMatch[];
  /** The prefix without its last `/`, where the match is one; empty for every path. */
  readonly prefix: string | undefined;
}

/** HTTPRouteMatch. */
export function httpMatch(spec: HttpMatch): CompiledMatch {
  const { path, method } = spec;
  const conditions: RouteMatch = {
    ...(method && { method: { kind: 'exact', value: method } }),
    ...named('headers', spec.headers, true),
    ...named('queryParams', spec.queryParams, false),
  };
  const prefix = path.type === 'PathPrefix' ? path.value.replace(/\/$/, '') : undefined;
  return {
    specificity: {
      path: path.type === 'Exact' ? 3 : path.type === 'PathPrefix' ? 2 : 1,
      length: (prefix ?? path.value).length,
      method: method !== undefined,
      headers: spec.headers.length,
      queryParams: spec.queryParams.length,
    },
    matches: pathMatches(path, prefix, conditions),
    prefix,
  };
}

/** GRPCRouteMatch: service and method are the path. */
export function grpcMatch({ method, headers }: GrpcMatch): CompiledMatch {
  const { service, method: name } = method ?? {};
  const conditions = named('headers', headers, true);
  const paths = method ? grpcPaths(method) : [];
  return {
    specificity: {
      path: service && name ? 3 : service ? 2 : 1,
      length: (service?.length ?? 0) * 1024 + (name?.length ?? 0),
      method: method !== undefined,
      headers: headers.length,
      queryParams: 0,
    },
    matches: paths.length > 0 ? paths.map((path) => ({ path, ...conditions })) : [conditions],
    prefix: undefined,
  };
}

function pathMatches(
  { type, value }: HttpMatch['path'],
  prefix: string | undefined,
  conditions: RouteMatch,
): RouteMatch[] {
  if (type === 'Exact') return [{ path: { kind: 'exact', value }, ...conditions }];
  if (prefix === undefined) return [{ path: { kind: 'regex', value }, ...conditions }];
  if (prefix === '') return [conditions];
  return [
    { path: { kind: 'exact', value: prefix }, ...conditions },
    { path: { kind: 'prefix', value: `${prefix}/` }, ...conditions },
  ];
}

function grpcPaths({ type, service, method }: NonNullable<GrpcMatch['method']>): StringMatch[] {
  if (type === 'RegularExpression')
    return [{ kind: 'regex', value: `/(?:${service || '[^/]+'})/(?:${method || '[^/]+'})` }];
  if (service && method) return [{ kind: 'exact', value: `/${service}/${method}` }];
  if (!service) return [{ kind: 'regex', value: `/[^/]+/${method}` }];
  return [
    { kind: 'exact', value: `/${service}` },
    { kind: 'prefix', value: `/${service}/` },
  ];
}

type Named = HttpMatch['headers'];

function named(field: 'headers' | 'queryParams', spec: Named, lowerCase: boolean): RouteMatch {
  const matches = spec.map(({ type, name, value }): NamedMatch => {
    const kind = type === 'RegularExpression' ? 'regex' : 'exact';
    return { name: lowerCase ? name.toLowerCase() : name, match: { kind, value } };
  });
  return matches.length > 0 ? { [field]: matches } : {};
}
