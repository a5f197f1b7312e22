import type { Predicate } from '../../match/predicate.ts';
import { compileStringMatch } from '../../match/string-match.ts';
import type { Cors } from '../../snapshot/route.ts';
import type { Context } from './chain.ts';
import type { Edit, Reply } from './decision.ts';
import type { Evidence } from './evidence.ts';
import { localReply } from './reply.ts';
import { requestField } from './request-field.ts';

/** A CorsPolicy, compiled. */
export interface CompiledCors {
  /** The answer to a preflight; undefined for any other request, and where the upstream shall answer it. */
  answer(evidence: Evidence, context: Context): Reply | undefined;
  /** What the response to an actual request gets: nothing when its origin is not allowed. */
  grant(evidence: Evidence): readonly Edit[];
}

/** Compiles a CorsPolicy; `source` is the key of its route. Throws RegexError. */
export function compileCors(cors: Cors, source: string): CompiledCors {
  const allows = allowedOrigins(cors);
  const answered = localReply(200, '-', 'cors_preflight');
  const permissions = preflightHeaders(cors);
  return {
    answer(evidence, { trace }) {
      const origin = requestField(evidence.request, evidence.edits, 'origin');
      if (!origin || !isPreflight(evidence)) return undefined;
      const allowed = allows(origin);
      if (!allowed && cors.unmatchedPreflights === 'forward') return undefined;
      const text = `preflight of ${origin}, which is ${allowed ? 'allowed' : 'not allowed'}`;
      trace?.add({ step: 'cors', verdict: allowed ? 'match' : 'deny', text, source });
      if (!allowed) return { ...answered, route: source };
      return { ...answered, route: source, headers: [[ALLOW_ORIGIN, origin], ...permissions] };
    },
    grant(evidence) {
      const origin = requestField(evidence.request, evidence.edits, 'origin');
      return origin && allows(origin) ? grantedEdits(cors, origin) : noEdits;
    },
  };
}

const ALLOW_ORIGIN = 'access-control-allow-origin';
const CREDENTIALS: readonly [string, string] = ['access-control-allow-credentials', 'true'];
const noEdits: readonly Edit[] = [];

/** Whether a request asks what another origin may do (Fetch, CORS-preflight request). */
export function isPreflight({ request, edits }: Evidence): boolean {
  return (
    request.method === 'OPTIONS' && Boolean(requestField(request, edits, 'access-control-request-method'))
  );
}

/** An exact `*` allows every origin, as Envoy has it. */
function allowedOrigins({ allowOrigins }: Cors): (origin: string) => boolean {
  if (allowOrigins.some((match) => match.kind === 'exact' && match.value === '*')) return () => true;
  const predicates: readonly Predicate<string>[] = allowOrigins.map(compileStringMatch);
  return (origin) => predicates.some((predicate) => predicate.test(origin));
}

function preflightHeaders(cors: Cors): readonly (readonly [string, string])[] {
  const { allowMethods, allowHeaders, maxAgeSeconds, allowCredentials } = cors;
  const headers: (readonly [string, string])[] = allowCredentials ? [CREDENTIALS] : [];
  if (allowMethods.length > 0) headers.push(['access-control-allow-methods', allowMethods.join(',')]);
  if (allowHeaders.length > 0) headers.push(['access-control-allow-headers', allowHeaders.join(',')]);
  if (maxAgeSeconds !== undefined) headers.push(['access-control-max-age', String(maxAgeSeconds)]);
  return headers;
}

function grantedEdits({ allowCredentials, exposeHeaders }: Cors, origin: string): readonly Edit[] {
  const edits: Edit[] = [{ kind: 'set', name: ALLOW_ORIGIN, value: origin }];
  if (allowCredentials) edits.push({ kind: 'set', name: CREDENTIALS[0], value: CREDENTIALS[1] });
  if (exposeHeaders.length > 0) {
    edits.push({ kind: 'set', name: 'access-control-expose-headers', value: exposeHeaders.join(',') });
  }
  return edits;
}
