import { verifyJwtSvid } from '../../../identity/jwt-svid/verify-jwt-svid.ts';
import { formatSpiffeId } from '../../../identity/spiffe.ts';
import type { Bundle } from '../../../identity/svid.ts';
import type { SvidSource } from '../../../identity/svid-source.ts';
import type { Clock } from '../../ports.ts';
import type { TrustBundleSource } from './trust-bundle.ts';
import type { WorkloadTokens } from './workload-tokens.ts';

export interface SpiffePageParts {
  readonly svids: SvidSource;
  /** The roots of this moment. */
  readonly bundle: () => Bundle;
  readonly tokens: Pick<WorkloadTokens, 'get'>;
  readonly trust: Pick<TrustBundleSource, 'get'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** What is answered: JSON and its status. */
export interface SpiffePage {
  readonly status: number;
  readonly body: unknown;
}

const MAX_AUDIENCE = 1024;

/** Answers one request for a path with its query; names of fields are those of SPIFFE's Workload API. */
export async function spiffePage(
  parts: SpiffePageParts,
  path: string,
  query: URLSearchParams,
): Promise<SpiffePage> {
  switch (path) {
    case '/x509-svid':
      return x509Svid(parts);
    case '/jwt-svid':
      return jwtSvid(parts, query);
    case '/bundles':
      return bundles(parts);
    case '/validate-jwt-svid':
      return validated(parts, query);
    default:
      return problem(404, 'there are /x509-svid, /jwt-svid, /bundles and /validate-jwt-svid');
  }
}

function x509Svid({ svids, bundle, clock }: SpiffePageParts): SpiffePage {
  const svid = svids.current();
  if (svid === undefined || clock.now() >= svid.notAfter) return problem(503, 'there is no valid SVID');
  const { rootsPem, federated = [] } = bundle();
  const ours = {
    spiffe_id: formatSpiffeId(svid.id),
    x509_svid: svid.chainPem,
    x509_svid_key: svid.keyPem,
    bundle: rootsPem,
    expires_at: new Date(svid.notAfter).toISOString(),
  };
  const others = Object.fromEntries(federated.map((one) => [one.trustDomain, one.rootsPem]));
  return { status: 200, body: { svids: [ours], federated_bundles: others } };
}

async function jwtSvid({ svids, tokens }: SpiffePageParts, query: URLSearchParams): Promise<SpiffePage> {
  const audience = query.get('audience') ?? '';
  if (audience === '' || audience.length > MAX_AUDIENCE || query.getAll('audience').length > 1)
    return problem(400, 'one audience is wanted: ?audience=…');
  const svid = svids.current();
  if (svid === undefined) return problem(503, 'there is no valid SVID');
  const { token, expires } = await tokens.get(audience);
  const expiry = new Date(expires).toISOString();
  return {
    status: 200,
    body: { svids: [{ spiffe_id: formatSpiffeId(svid.id), svid: token, expires_at: expiry }] },
  };
}

async function bundles({ bundle, trust }: SpiffePageParts): Promise<SpiffePage> {
  const { document } = await trust.get();
  return { status: 200, body: { bundles: { [bundle().trustDomain]: JSON.parse(document) } } };
}

async function validated(parts: SpiffePageParts, query: URLSearchParams): Promise<SpiffePage> {
  const [audience, token] = [query.get('audience') ?? '', query.get('svid') ?? ''];
  if (audience === '') return problem(400, 'the audience that we are is wanted: ?audience=…&svid=…');
  const { keys } = await parts.trust.get();
  const known = new Map([[parts.bundle().trustDomain, keys]]);
  const verdict = await verifyJwtSvid(token, { keys: known, audience, now: parts.clock.now() });
  if (verdict.kind === 'refused') return problem(401, verdict.reason);
  return { status: 200, body: { spiffe_id: formatSpiffeId(verdict.id), claims: verdict.claims } };
}

function problem(status: number, error: string): SpiffePage {
  return { status, body: { error } };
}
