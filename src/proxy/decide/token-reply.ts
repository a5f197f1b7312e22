import type { CanonicalRequest } from '../../http/message.ts';
import { refusalText } from '../../identity/jwt/refusal-text.ts';
import type { RefusedToken } from '../../identity/jwt/token-verdict.ts';
import type { Context } from './chain.ts';
import type { Reply } from './decision.ts';
import type { Evidence } from './evidence.ts';

/** Longest path, query included, that the realm repeats. */
const MAX_PATH = 256;

/** Envoy's answer to a token that does not count: 403 for another audience, else 401, and why (RFC 6750 §3). */
export function refuseToken({ reason }: RefusedToken, { request }: Evidence, { trace }: Context): Reply {
  const body = refusalText(reason);
  const details = `jwt_authn_access_denied{${body.replaceAll(' ', '_')}}`;
  trace?.add({ step: 'authenticate', verdict: 'deny', text: `${body} (${reason})` });
  return {
    kind: 'reply',
    status: reason === 'audience' ? 403 : 401,
    headers: [
      ['www-authenticate', `Bearer realm="${realm(request)}", error="invalid_token"`],
      ['content-type', 'text/plain'],
    ],
    body,
    flag: '-',
    details,
    route: '',
  };
}

/** The request's URL; what would end the quoted string is encoded. */
function realm({ scheme, authority, path, query }: CanonicalRequest): string {
  const target = (path + query).slice(0, MAX_PATH);
  return `${scheme}://${authority}${target}`.replaceAll('"', '%22').replaceAll('\\', '%5C');
}
