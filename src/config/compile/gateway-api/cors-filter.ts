import type { StringMatch } from '../../../match/value-match.ts';
import type { Cors } from '../../../snapshot/route.ts';
import type { HttpFilter } from '../../gateway-api/http-filter.ts';

/** The CORS filter among filters; a preflight of another origin is answered without a permission. */
export function filterCors(filters: readonly Pick<HttpFilter, 'cors'>[]): Cors | undefined {
  const spec = filters.find(({ cors }) => cors)?.cors;
  if (!spec) return undefined;
  return {
    allowOrigins: spec.allowOrigins.map(originMatch),
    allowMethods: spec.allowMethods,
    allowHeaders: spec.allowHeaders,
    exposeHeaders: spec.exposeHeaders,
    maxAgeSeconds: spec.maxAge,
    ...(spec.allowCredentials && { allowCredentials: true }),
    unmatchedPreflights: 'answer',
  };
}

/** `*` in a host stands for one or more labels, alone for any host. */
function originMatch(origin: string): StringMatch {
  if (origin === '*' || !origin.includes('*')) return { kind: 'exact', value: origin };
  return { kind: 'regex', value: origin.replaceAll('.', '\\.').replaceAll('*', '[^/:]+') };
}
