import type { Attribute } from '../../snapshot/policy.ts';
import { editedLines } from './apply-edits.ts';
import { claimTexts } from './claim.ts';
import type { Connection, Direction } from './connection.ts';
import type { Authenticated } from './evidence.ts';
import { forwardedFor } from './forwarded-for.ts';
import { peerNames } from './peer-names.ts';
import { requestField } from './request-field.ts';

/** Who asks: what a policy's conditions look at. */
export type Subject = Authenticated<Direction>;

/** Equivalent spellings of one value; undefined is a missing attribute. */
export type Values = string | readonly string[] | undefined;

/** Reads an attribute of a request. */
export type ReadAttribute = (subject: Subject) => Values;

/** What reading attributes depends on besides the request. */
export interface AttributeScope {
  /** The mesh's own. */
  readonly trustDomain: string;
  /** Proxies before a gateway whose `x-forwarded-for` counts (numTrustedProxies). */
  readonly trustedProxies: number;
}

/** How to read an attribute. Names of the verified peer only, and of a verified token. */
export function readAttribute(attribute: Attribute, scope: AttributeScope): ReadAttribute {
  const { trustDomain, trustedProxies } = scope;
  switch (attribute.kind) {
    case 'source.principal':
      return ({ peer }) => peer && peerNames(peer, trustDomain).principals;
    case 'source.namespace':
      return ({ peer }) => peer && peerNames(peer, trustDomain).namespace;
    case 'source.serviceAccount':
      return ({ peer }) => peer && peerNames(peer, trustDomain).account;
    case 'source.trustDomain':
      return ({ peer }) => peer?.id.trustDomain;
    case 'source.ip':
      return ({ connection }) => given(connection.remoteAddress);
    case 'remote.ip':
      return (subject) => remoteAddress(subject, trustedProxies);
    case 'request.method':
      return ({ request }) => request.method;
    case 'request.path':
      return ({ request }) => request.path;
    case 'request.host':
      return ({ request }) =>
        request.authority === request.host ? request.host : [request.authority, request.host];
    case 'request.header':
      return header(attribute.name.toLowerCase());
    case 'destination.ip':
      return ({ connection }) => given(connection.localAddress);
    case 'destination.port':
      return ({ connection }) => String(connection.port);
    case 'connection.sni':
      return ({ connection }) => connection.serverName;
    case 'request.auth.principal':
      return ({ requestAuth }) => requestAuth?.principal?.key;
    case 'request.auth.audiences':
      return ({ requestAuth }) => requestAuth?.audiences;
    case 'request.auth.presenter':
      return ({ requestAuth }) => requestAuth?.presenter;
    case 'request.auth.claim':
      return ({ requestAuth }) => requestAuth && claimTexts(requestAuth.claims, attribute.path);
  }
}

/** The same, and of a header that came in several lines each of them beside all of them joined. */
export function readEveryLine(attribute: Attribute, scope: AttributeScope): ReadAttribute {
  const read = readAttribute(attribute, scope);
  if (attribute.kind !== 'request.header') return read;
  const name = attribute.name.toLowerCase();
  return (subject) => {
    const lines = repeatedLines(subject, name);
    const joined = read(subject);
    if (typeof joined !== 'string') return joined;
    const all = lines ?? unjoinedLines(subject, joined);
    return all === undefined ? joined : [...all, joined];
  };
}

/** The lines of a header apart, or undefined unless it came more than once. */
export function repeatedLines({ request, edits }: Subject, name: string): readonly string[] | undefined {
  const lines = editedLines(request.headers, edits, name);
  return lines.length > 1 ? lines : undefined;
}

/** The lines that a value may have come in, where the platform does not tell; undefined where it does. */
export function unjoinedLines({ connection }: Subject, value: string): readonly string[] | undefined {
  return connection.joinsLines === true && value.includes(', ') ? value.split(', ') : undefined;
}

function header(name: string): ReadAttribute {
  return ({ request, edits }) => requestField(request, edits, name);
}

/** A client's own word on where it is counts only where a verified peer or a trusted proxy passed it on. */
function remoteAddress({ direction, request, connection, peer }: Subject, trustedProxies: number): Values {
  const direct = given(connection.remoteAddress);
  if (direction === 'gateway') return forwardedFor(request.headers, trustedProxies) ?? direct;
  if (direction !== 'inbound' || peer === undefined) return direct;
  return forwardedFor(request.headers, 1) ?? direct;
}

function given(address: Connection['remoteAddress']): string | undefined {
  return address === '' ? undefined : address;
}
