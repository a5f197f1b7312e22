import { type SpiffeId, workloadOf } from '../../identity/spiffe.ts';
import type { Attribute } from '../../snapshot/policy.ts';
import { editedLines } from './apply-edits.ts';
import type { Connection, Direction } from './connection.ts';
import type { Authenticated } from './evidence.ts';
import { requestField } from './request-field.ts';

/** Who asks: what a policy's conditions look at. */
export type Subject = Authenticated<Direction>;

/** Equivalent spellings of one value; undefined is a missing attribute. */
export type Values = string | readonly string[] | undefined;

/** Reads an attribute of a request. */
export type ReadAttribute = (subject: Subject) => Values;

/** The mesh's own trust domain is also known by this name in policies (Istio's alias). */
export const trustDomainAlias = 'cluster.local';

/**
 * How to read an attribute. Names of the verified peer only; `trustDomain` is the mesh's own.
 * Request principals, audiences, presenters and claims are missing: nothing authenticates a token.
 */
export function readAttribute(attribute: Attribute, trustDomain: string): ReadAttribute {
  switch (attribute.kind) {
    case 'source.principal':
      return ({ peer }) => peer && principals(peer.id.trustDomain, peer.id.path, trustDomain);
    case 'source.namespace':
      return ({ peer }) => peer && workloadOf(peer.id)?.namespace;
    case 'source.serviceAccount':
      return ({ peer }) => peer && qualifiedAccount(peer.id);
    case 'source.trustDomain':
      return ({ peer }) => peer?.id.trustDomain;
    case 'source.ip':
      return ({ connection }) => given(connection.remoteAddress);
    case 'remote.ip':
      return remoteAddress;
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
    case 'request.auth.audiences':
    case 'request.auth.presenter':
    case 'request.auth.claim':
      return () => undefined;
  }
}

/** The lines of a header apart, or undefined unless it came more than once. */
export function repeatedLines({ request, edits }: Subject, name: string): readonly string[] | undefined {
  const lines = editedLines(request.headers, edits, name);
  return lines.length > 1 ? lines : undefined;
}

function header(name: string): ReadAttribute {
  return ({ request, edits }) => requestField(request, edits, name);
}

/** `namespace/account`, as policies write service accounts. */
function qualifiedAccount(id: SpiffeId): string | undefined {
  const workload = workloadOf(id);
  return workload && `${workload.namespace}/${workload.serviceAccount}`;
}

function principals(peerDomain: string, path: string, trustDomain: string): Values {
  const principal = `${peerDomain}${path}`;
  if (peerDomain !== trustDomain || trustDomain === trustDomainAlias) return principal;
  return [principal, `${trustDomainAlias}${path}`];
}

/** A client's own word on where it is counts only where a verified peer passed it on. */
function remoteAddress({ direction, request, connection, peer }: Subject): Values {
  if (direction !== 'inbound' || peer === undefined) return given(connection.remoteAddress);
  return lastForwardedFor(request.headers.get('x-forwarded-for')) ?? given(connection.remoteAddress);
}

function lastForwardedFor(list: string | undefined): string | undefined {
  if (list === undefined) return undefined;
  const last = list.slice(list.lastIndexOf(',') + 1).trim();
  return last === '' ? undefined : last;
}

function given(address: Connection['remoteAddress']): string | undefined {
  return address === '' ? undefined : address;
}
