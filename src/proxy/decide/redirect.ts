import { portStart } from '../../http/authority.ts';
import type { RedirectAction } from '../../snapshot/route.ts';
import type { Evidence } from './evidence.ts';
import { locationText } from './path-text.ts';
import { replacePath } from './rewrite.ts';
import type { CompiledMatch } from './route-match.ts';

/** The Location of a VirtualService redirect; `listenerPort` is what FROM_REQUEST_PORT means. */
export function redirectLocation(
  action: RedirectAction,
  evidence: Evidence,
  match: CompiledMatch,
  listenerPort: number,
): string {
  const { request } = evidence;
  const scheme = action.scheme ?? request.scheme;
  const port = portText(action.port === 'request' ? listenerPort : action.port, scheme);
  // A default port that was asked for is not printed, and still takes the place of the old one.
  const portGiven = port !== '' || typeof action.port === 'number';
  const host = action.authority ?? keptAuthority(request.authority, request.scheme, scheme, portGiven);
  return locationText(`${scheme}://${host}${port}${target(action, evidence, match)}`);
}

/** `:port`, or nothing for the default port of the scheme. */
function portText(port: number | undefined, scheme: string): string {
  if (port === undefined || (scheme === 'http' && port === 80) || (scheme === 'https' && port === 443))
    return '';
  return `:${port}`;
}

/** The request's authority; its port goes when another is given, or when it was the old scheme's default. */
function keptAuthority(authority: string, oldScheme: string, scheme: string, portGiven: boolean): string {
  const start = portStart(authority);
  const oldPort = authority.slice(start);
  const outdated = scheme !== oldScheme && oldPort === (oldScheme === 'https' ? ':443' : ':80');
  return portGiven || outdated ? authority.slice(0, start) : authority;
}

/** The query goes along, unless `uri` has its own. */
function target({ uri, prefixRewrite }: RedirectAction, { request }: Evidence, match: CompiledMatch): string {
  if (uri !== undefined) return uri.includes('?') ? uri : uri + request.query;
  const path = prefixRewrite === undefined ? request.path : replacePath(request.path, match, prefixRewrite);
  return path + request.query;
}
