import type { StringMatch } from '../../match/value-match.ts';
import type { Cors } from '../../snapshot/route.ts';
import { stringMatch } from './route-match.ts';
import type { HttpRule } from './spec-parts.ts';

/** CorsPolicy; undefined where the rule has none. The old `allowOrigin` counts when `allowOrigins` is not written. */
export function corsOf(spec: HttpRule['corsPolicy']): Cors | undefined {
  if (!spec) return undefined;
  const origins = spec.allowOrigins.flatMap((origin) => stringMatch(origin) ?? []);
  const old = spec.allowOrigin.map((value): StringMatch => ({ kind: 'exact', value }));
  return {
    allowOrigins: origins.length > 0 ? origins : old,
    allowMethods: spec.allowMethods,
    allowHeaders: spec.allowHeaders,
    exposeHeaders: spec.exposeHeaders,
    ...(spec.maxAge !== undefined && { maxAgeSeconds: Math.floor(spec.maxAge / 1000) }),
    ...(spec.allowCredentials && { allowCredentials: true }),
    unmatchedPreflights: spec.unmatchedPreflights === 'IGNORE' ? 'answer' : 'forward',
  };
}
